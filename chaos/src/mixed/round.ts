import { setTimeout as pause } from 'node:timers/promises'
import { Gator, Worker, silentLogger } from '@alligator/core'
import { until } from '@alligator/testbed'
import { untilEmpty } from '../leftovers.js'
import type { Random } from '../random.js'
import { type Entry, Ledger } from './ledger.js'
import { type Move, Mover } from './mover.js'
import { Producer } from './producer.js'
import { stage } from './tasks.js'

const QUEUES = ['main', 'side'] as const
/** Of what is moved there from another store. */
const MOVED_QUEUES = ['moved', 'moved-side'] as const
/** Seconds between two moves at most. */
const MOVE_EVERY = 3
const PRODUCERS = 3
const WORKERS = 2
/** Seconds that the last tasks may take. */
const END_LIMIT = 60

export interface RoundResult {
  readonly tasks: number
  readonly runs: number
  readonly problems: readonly string[]
}

/** Producers and workers of one process, each with a client of its own, on one store. */
export class MixedLoad implements AsyncDisposable {
  readonly #producers: readonly (readonly [main: Gator, side: Gator])[]
  readonly #workers: readonly Worker[]
  readonly #running: readonly Promise<void>[]
  readonly #mover: Mover | undefined

  /** `source`: another store, from which tasks are moved. */
  constructor(dsn: string, source?: { readonly dsn: string; readonly move: Move }) {
    this.#mover = source && new Mover(source.dsn, dsn, MOVED_QUEUES, source.move)
    this.#producers = Array.from({ length: PRODUCERS }, () => {
      const main = new Gator(dsn, { queueName: QUEUES[0] })
      return [main, new Gator(main.backend, { queueName: QUEUES[1] })] as const
    })
    this.#workers = Array.from({ length: WORKERS }, () => {
      const settings = { toConsume: [...QUEUES, ...MOVED_QUEUES], concurrency: 5, logger: silentLogger() }
      const worker = new Worker(new Gator(dsn), settings)
      worker.on('task:success', ({ task }) => {
        const entry = stage.ledger?.of(String(task.funcArgs[0]))
        if (entry) entry.settled += 1
      })
      return worker
    })
    this.#running = this.#workers.map((worker) => worker.runForever())
  }

  /** Does all kinds of things for some seconds, waits until all is done, and tells what was not as promised. */
  async round(seconds: number, random: Random): Promise<RoundResult> {
    const mover = this.#mover
    const ledger = new Ledger()
    stage.ledger = ledger
    const end = performance.now() + seconds * 1000
    const produce = async ([main, side]: readonly [Gator, Gator]) => {
      const mayCancel = main === mover?.main ? () => !mover.isMoving : undefined
      const producer = new Producer(main, side, { ledger, random, mayCancel })
      while (performance.now() < end) {
        await producer.step()
        await pause(random.below(5))
      }
    }
    const move = async () => {
      while (mover && performance.now() < end) {
        await pause(random.between(0, 1000 * MOVE_EVERY))
        await mover.step()
      }
    }
    const aside = mover ? [[mover.main, mover.side] as const] : []
    await Promise.all([...[...this.#producers, ...aside].map(produce), move()])
    const left = (await mover?.finish()) ?? []
    const dead = new Set<string>()
    const backend = this.#producers[0]?.[0].backend
    for (const queueName of [...QUEUES, ...(mover ? MOVED_QUEUES : [])]) {
      if (!backend) continue
      const gator = new Gator(backend, { queueName })
      await untilEmpty(gator, 0.2, END_LIMIT)
      for (const key of await deadOf(gator)) dead.add(key)
      await gator.backend.dropAll(gator.queueName)
    }
    const { entries } = ledger
    // The store has taken what this process may hear of a moment later.
    await until(() => entries.every((entry) => isOver(entry, dead)), END_LIMIT).catch(() => undefined)
    const runs = entries.reduce((sum, { starts }) => sum + starts, 0)
    return { tasks: entries.length, runs, problems: [...left, ...ledger.check(dead)] }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const worker of this.#workers) worker.stop()
    await Promise.all(this.#running)
    for (const { gator } of this.#workers) await gator.close()
    for (const [main] of this.#producers) await main.close()
    await this.#mover?.[Symbol.asyncDispose]()
  }
}

function isOver({ key, task, settled, isCanceled, mayBeDropped }: Entry, dead: ReadonlySet<string>): boolean {
  return !task || settled > 0 || isCanceled || mayBeDropped || dead.has(key)
}

/** The keys of the dead letters of a queue. */
async function deadOf(gator: Gator): Promise<string[]> {
  const keys: string[] = []
  for (let after: string | undefined; ;) {
    const page = await gator.backend.listing?.list(gator.queueName, 'dead', { after })
    for (const { data } of page?.tasks ?? []) keys.push(String((await gator.peek(data)).funcArgs[0]))
    after = page?.next
    if (after === undefined) return keys
  }
}
