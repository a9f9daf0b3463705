import type { Delivery, Finished, Payload } from '@alligator/core'
import { inBatches, setImmediate } from '@alligator/core/backend'
import type { Connection } from './connection.js'
import { PostgresDelivery, inParts } from './deliveries.js'
import type { Names } from './names.js'
import type { Statement } from './statements.js'
import type { Ties } from './ties.js'
import { packData, packId, packText, unpackData } from './stored.js'

/** Results that one statement keeps at most. */
const MOST_TOGETHER = 100

/** What has finished, and who waits for that to be written. */
interface Ending {
  readonly finished: Finished
  readonly data: string | null
  readonly bytes: Buffer | null
  readonly resolve: (lost: Delivery[]) => void
  readonly reject: (error: unknown) => void
}

/** Results: a row for each. What finishes in one turn of the event loop is settled together. */
export class KeptResults {
  readonly #connection: Connection
  readonly #statements: Readonly<Record<'finish' | 'keep' | 'get', Statement>>
  readonly #ties: Ties
  readonly #onEnd: (queue: string, taskId: string) => void
  /** Those that an unanswered call may have settled. */
  readonly #doubtful = new WeakSet<Delivery>()
  #endings: Ending[] = []

  /** `onEnd` is told of each result that was kept. */
  constructor(connection: Connection, ties: Ties, onEnd: (queue: string, taskId: string) => void) {
    this.#connection = connection
    this.#ties = ties
    this.#statements = resultStatements(connection.names)
    this.#onEnd = onEnd
  }

  /** Settles what has finished; gives what was no longer held. */
  ack(finished: readonly Finished[]): Promise<Delivery[]> {
    const [first] = finished
    // What is finished one by one must not pay for many.
    if (first && finished.length === 1) return this.#finish(first)
    return Promise.all(finished.map((each) => this.#finish(each))).then((lost) => lost.flat())
  }

  async get(queue: string, taskIds: readonly string[]): Promise<Map<string, Payload>> {
    const asked = new Map(taskIds.map((taskId) => [packId(taskId).id, taskId]))
    const found = new Map<string, Payload>()
    for (const ids of inParts([...asked.keys()])) {
      const values = [packText(queue, 'queue'), ids]
      const rows = await this.#connection.look<[string, string | null, Buffer | null]>(
        this.#statements.get,
        () => values,
      )
      for (const [id, data, bytes] of rows) found.set(asked.get(id) ?? id, unpackData(data, bytes))
    }
    return found
  }

  /** Sends what waits for others. */
  flush(): void {
    const endings = this.#endings
    this.#endings = []
    for (const some of inBatches(endings, MOST_TOGETHER, () => 1)) void this.#send(some)
  }

  #finish(finished: Finished): Promise<Delivery[]> {
    const packed = packData(finished.result, finished.delivery.taskId)
    return new Promise((resolve, reject) => {
      if (this.#endings.length === 0) setImmediate(() => this.flush())
      this.#endings.push({ finished, ...packed, resolve, reject })
    })
  }

  async #send(endings: readonly Ending[]): Promise<void> {
    const deliveries = endings.map(({ finished }) => finished.delivery)
    try {
      const lost = new Set(await this.#settle(endings, deliveries))
      if (lost.size > 0) for (const delivery of await this.#settleTied(endings, lost)) lost.delete(delivery)
      for (const { finished, resolve } of endings) {
        const { delivery } = finished
        const isHeld = !lost.has(delivery)
        resolve(isHeld ? [] : [delivery])
        if (isHeld) this.#onEnd(delivery.queue, delivery.taskId)
      }
    } catch (error) {
      for (const delivery of deliveries) this.#doubtful.add(delivery)
      for (const { reject } of endings) reject(error)
    }
  }

  /** What was not settled may be held all the same, and have ties. Gives those. */
  async #settleTied(endings: readonly Ending[], lost: ReadonlySet<Delivery>): Promise<Delivery[]> {
    const settled = await this.#ties.ackKeeping([...lost], (ask, receipts) => {
      const kept = endings.filter(({ finished }) => receipts.includes(finished.delivery.receipt))
      return ask(this.#statements.keep, [itemsOf(kept)])
    })
    return [...lost].filter(({ receipt }) => settled.has(receipt))
  }

  /** Of a second try: what is gone was settled by the first one, and what others hold is lost. */
  #settle(endings: readonly Ending[], deliveries: readonly Delivery[]): Promise<ReadonlySet<Delivery>> {
    const ids = deliveries.map((delivery) => PostgresDelivery.idOf(delivery))
    const receipts = deliveries.map(({ receipt }) => receipt)
    const wasDoubtful = deliveries.some((delivery) => this.#doubtful.has(delivery))
    return this.#connection.insist(async (ask, again) => {
      const done = await ask<[string]>(this.#statements.finish, [ids, receipts, itemsOf(endings)])
      if (!again && !wasDoubtful) {
        const held = new Set(done.map(([lease]) => lease))
        return new Set(deliveries.filter(({ receipt }) => !held.has(receipt)))
      }
      const rows = await ask<[string, string]>(this.#connection.statements.ackAgain, [ids, receipts])
      const others = new Set(rows.map(([id, queue]) => `${id} ${queue}`))
      return new Set(
        deliveries.filter(({ queue }, at) => others.has(`${ids[at]} ${packText(queue, 'queue')}`)),
      )
    })
  }
}

function itemsOf(endings: readonly Ending[]): string {
  return JSON.stringify(
    endings.map(({ finished: { delivery, keepFor }, data, bytes }) => {
      const { receipt: lease, queue } = delivery
      const id = PostgresDelivery.idOf(delivery)
      const about = { lease, queue: packText(queue, 'queue'), id, keep: keepFor }
      return bytes ? { ...about, bytes: bytes.toString('base64') } : { ...about, data }
    }),
  )
}

/** All that is asked of the results. */
function resultStatements({ tasks, results }: Names): Readonly<Record<'finish' | 'keep' | 'get', Statement>> {
  const into = `INSERT INTO ${results} (queue, id, until, bytes, data)`
  const kept = "clock_timestamp() + make_interval(secs => keep), decode(item.bytes, 'base64'), item.data"
  const replace =
    'ON CONFLICT (queue, id) DO UPDATE SET until = excluded.until, bytes = excluded.bytes, data = excluded.data'
  return {
    /*
     * Settles what is finished and keeps its results, in one commit; and forgets some of those whose time is over, waiting for nobody who does
     * so, too. What has ties is left.
     *
     * $1, $2 ids and leases of what is finished; $3 the results, as JSON, by their leases.
     */
    finish: {
      name: 'finish',
      text: `WITH done AS (
  DELETE FROM ${tasks} WHERE id = ANY ($1::uuid[]) AND lease = ANY ($2::bigint[]) AND ties IS NULL
  RETURNING id, queue, lease
),
over AS (
  DELETE FROM ${results} WHERE ctid = ANY (ARRAY (
    SELECT ctid FROM ${results} WHERE until < now() - interval '1 minute' AND id <> ALL ($1::uuid[])
    ORDER BY until LIMIT 2 * cardinality($1::uuid[]) FOR UPDATE SKIP LOCKED
  ))
),
kept AS (
  ${into}
  SELECT done.queue, done.id, ${kept}
  FROM json_to_recordset($3::text::json) AS item (lease bigint, keep float8, bytes text, data text)
  JOIN done ON done.lease = item.lease
  ${replace}
)
SELECT lease::text FROM done`,
    },

    /** Keeps the results of what was settled by itself, since it has ties. */
    keep: {
      text: `${into}
SELECT item.queue, item.id, ${kept}
FROM json_to_recordset($1::text::json) AS item (queue text, id uuid, keep float8, bytes text, data text)
${replace}`,
    },

    get: {
      text: `SELECT id, data, bytes FROM ${results}
WHERE queue = $1 AND id = ANY ($2::uuid[]) AND until > clock_timestamp()`,
    },
  }
}
