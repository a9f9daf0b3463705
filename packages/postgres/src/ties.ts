import {
  type BatchEnd,
  type BatchMembers,
  type BatchPage,
  BatchOverError,
  type BatchState,
  type Clock,
  type DeathReason,
  type Delivery,
  DuplicateTaskError,
  type NewBatch,
  type PageRequest,
  type PushItem,
} from '@alligator/core'
import { MOST_MEMBERS, MOST_SHOWN, checkCursor } from '@alligator/core/backend'
import type { Ask, Connection } from './connection.js'
import { PostgresDelivery } from './deliveries.js'
import { Gathered } from './gathered.js'
import { itemsText, packItems } from './pushed-items.js'
import type { Statement } from './statements.js'
import { TIME, nodeOf, packId, packText, unpackId, unpackText } from './stored.js'

/** Asks what takes one text: on a connection of ours, or in a transaction of the app. Gives rows without the names of their columns. */
export type AskText = (statement: Statement, text: string) => Promise<readonly (readonly unknown[])[]>

/** What is written of a task that has ties. */
interface Tie {
  readonly id: string
  readonly batch?: string
  readonly how?: 's' | 'a' | BatchEnd
  readonly others?: readonly string[]
  readonly due?: number
  readonly sent?: number
}

/** What was removed, and whether it was running, and held. */
export type RemovedRow = readonly [
  data: string | null,
  bytes: Buffer | null,
  ran?: boolean,
  wasHeld?: boolean,
]
type StateRow = readonly [
  ...[total: number, succeeded: number, failed: number, pending: number],
  ...[isFull: boolean, isCanceled: boolean, ended: number | null, ...rest: unknown[]],
]
type ListedRow = readonly [
  id: string,
  ...[total: number, succeeded: number, failed: number, pending: number],
  ...[isFull: boolean, isCanceled: boolean, ended: number | null, time: string],
]

/** Batches on one page unless told otherwise, and at most. */
const PAGE_LIMIT = 100
const MOST_ON_PAGE = 1000
/** The last batch of a page: when it ended, where it has, and its id. */
const CURSORS = { open: /^()(.+)$/s, ended: new RegExp(`^(${TIME})@(.+)$`, 's') } as const

function readState([total, succeeded, failed, pending, isFull, isCanceled, ended]: StateRow): BatchState {
  const counts = { total, succeeded, failed, pending }
  return { ...counts, isFull, isCanceled, ...(ended !== null && { endedAt: ended }) }
}

/** Writes what is kept of those that were held, by their receipts. */
type Keep = (ask: Ask, receipts: readonly string[]) => Promise<unknown>

interface KeepingAck {
  readonly deliveries: readonly Delivery[]
  readonly keep: Keep
}

/** Whether a task waits for others, or is a member of a batch. */
export function hasTie({ after, batch }: PushItem): boolean {
  return after !== undefined || batch !== undefined
}

/** On a connection of ours. */
export function asking(ask: Ask): AskText {
  return (statement, text) => ask(statement, [text])
}

/** In a transaction of the app, whose rows have names. */
export function askingWithin(ask: (text: string, parameter: string) => Promise<readonly unknown[]>): AskText {
  return async ({ text }, parameter) =>
    (await ask(text, parameter)).map((row) => Object.values(row as object))
}

/** Tasks that wait for others, and batches. */
export class Ties {
  readonly #connection: Connection
  readonly #clock: Clock
  readonly #onRelease: (queue: string) => void
  readonly #acks = new Gathered((queue: string, acks: readonly (readonly Delivery[])[]) =>
    this.#ackAll(queue, acks),
  )
  readonly #keepingAcks = new Gathered((queue: string, acks: readonly KeepingAck[]) =>
    this.#ackAllKeeping(queue, acks),
  )

  /** `onRelease` is told of each queue where something may be due that was parked. */
  constructor(connection: Connection, clock: Clock, onRelease: (queue: string) => void) {
    this.#connection = connection
    this.#clock = clock
    this.#onRelease = onRelease
  }

  /** Pushes tasks some of which have ties, all of them or none. */
  async push(queue: string, items: readonly PushItem[]): Promise<void> {
    await this.#connection.transact((ask) => this.pushWithin(asking(ask), queue, items))
    this.#onRelease(queue)
  }

  async pushWithin(ask: AskText, queue: string, items: readonly PushItem[]): Promise<void> {
    const fresh = await this.hold(ask, queue, items)
    const { pushWithin, differing } = this.#connection.statements
    const text = itemsText(packItems(queue, items), this.#clock)
    // The second finds what somebody else has written while the first looked.
    for (const statement of [pushWithin, differing]) {
      const [[nr] = []] = await ask(statement, text)
      if (nr !== undefined) throw new DuplicateTaskError(items[Number(nr) - 1]?.taskId ?? '', queue)
    }
    await this.tie(ask, queue, fresh)
  }

  /** Gives those that are not there yet, each once. From now on nobody else ends what they wait for. @throws BatchOverError */
  async hold(ask: AskText, queue: string, items: readonly PushItem[]): Promise<PushItem[]> {
    const batches = new Map(
      items.flatMap(({ batch }) => (batch === undefined ? [] : [[nodeOf(batch), batch]])),
    )
    const byId = new Map(items.toReversed().map((item) => [packId(item.taskId).id, item]))
    const request = { queue: packText(queue, 'queue'), batches: [...batches.keys()], ids: [...byId.keys()] }
    const [[told] = []] = await ask(this.#connection.statements.hold, JSON.stringify(request))
    const { over, there } = JSON.parse(String(told)) as {
      readonly over: readonly string[] | null
      readonly there: readonly string[] | null
    }
    const [late] = over ?? []
    if (late !== undefined) throw new BatchOverError(batches.get(late) ?? '', queue)
    for (const id of there ?? []) byId.delete(id)
    return [...byId.values()].toReversed()
  }

  /** Parks tasks that were just written, and makes them members. */
  async tie(ask: AskText, queue: string, items: readonly PushItem[]): Promise<void> {
    const ties = items.filter(hasTie).map(({ taskId, after, batch, delayUntil }): Tie => {
      return {
        id: packId(taskId).id,
        ...(batch !== undefined && { batch: nodeOf(batch) }),
        ...(after && { how: after.inAnyCase ? 'a' : 's', others: after.taskIds.map((id) => packId(id).id) }),
        ...(delayUntil !== undefined && { due: delayUntil, sent: this.#clock.now() }),
      }
    })
    await this.#tie(ask, queue, ties)
  }

  /** Acknowledges those of these tasks that are held and have ties. Gives the receipts of those that were. */
  ack(deliveries: readonly Delivery[]): Promise<Set<string>> {
    return eachQueue(deliveries, (queue, own) => this.#acks.add(queue, own))
  }

  /** The same, with what `keep` writes for them, in one commit. */
  ackKeeping(deliveries: readonly Delivery[], keep: Keep): Promise<Set<string>> {
    return eachQueue(deliveries, (queue, own) => this.#keepingAcks.add(queue, { deliveries: own, keep }))
  }

  async #ackAll(queue: string, acks: readonly (readonly Delivery[])[]): Promise<readonly string[]> {
    const own = acks.flat()
    const receipts = await this.#connection.insist(async (ask, again) => {
      const ended = await this.#ack(asking(ask), queue, own)
      return again ? this.#withGone(ask, queue, own, ended) : ended
    })
    if (receipts.length > 0) this.#onRelease(queue)
    return receipts
  }

  async #ackAllKeeping(queue: string, acks: readonly KeepingAck[]): Promise<readonly string[]> {
    const receipts = await this.#connection.transact(async (ask) => {
      const ended = await this.#ack(
        asking(ask),
        queue,
        acks.flatMap(({ deliveries }) => deliveries),
      )
      for (const { deliveries, keep } of acks) {
        const own = deliveries.map(({ receipt }) => receipt).filter((receipt) => ended.includes(receipt))
        if (own.length > 0) await keep(ask, own)
      }
      return ended
    })
    if (receipts.length > 0) this.#onRelease(queue)
    return receipts
  }

  async ackWithin(ask: AskText, delivery: Delivery): Promise<boolean> {
    return (await this.#ack(ask, delivery.queue, [delivery])).length > 0
  }

  async #ack(ask: AskText, queue: string, deliveries: readonly Delivery[]): Promise<readonly string[]> {
    const acks = deliveries.map((delivery) => {
      return { id: PostgresDelivery.idOf(delivery), lease: delivery.receipt }
    })
    return this.#finish(ask, queue, { acks, good: true })
  }

  /** Of a second try: what is gone was settled by the first one. */
  async #withGone(
    ask: Ask,
    queue: string,
    deliveries: readonly Delivery[],
    ended: readonly string[],
  ): Promise<readonly string[]> {
    const ids = deliveries.map((delivery) => PostgresDelivery.idOf(delivery))
    const values = [packText(queue, 'queue'), ids]
    const held = new Set((await ask<[string]>(this.#connection.statements.find, values)).map(([id]) => id))
    const gone = deliveries.filter((_, at) => !held.has(ids[at] ?? ''))
    return [...ended, ...gone.map(({ receipt }) => receipt)]
  }

  /** Makes a delivery that has ties a dead letter. `false`: it is not held. */
  async bury(delivery: Delivery, reason: DeathReason): Promise<boolean> {
    const { queue, receipt } = delivery
    const id = PostgresDelivery.idOf(delivery)
    const text = JSON.stringify({ id, lease: receipt, reason: JSON.stringify(reason) })
    const isHeld = await this.#connection.transact(async (ask) => {
      await this.hold(asking(ask), queue, [])
      const rows = await asking(ask)(this.#connection.statements.buryTied, text)
      if (rows.length > 0) await this.#finish(asking(ask), queue, { ids: [id], good: false })
      return rows.length > 0
    })
    if (isHeld) this.#onRelease(queue)
    return isHeld
  }

  /** Takes a task off that has ties. */
  async remove(queue: string, taskId: string, mayRun: boolean): Promise<RemovedRow | undefined> {
    const { id } = packId(taskId)
    const row = await this.#connection.transact(async (ask) => {
      await this.hold(asking(ask), queue, [])
      const values = [id, packText(queue, 'queue'), mayRun]
      const [removed] = await ask<RemovedRow>(this.#connection.statements.cancelTied, values)
      if (removed) await this.#finish(asking(ask), queue, { ids: [id], good: false })
      return removed
    })
    if (row) this.#onRelease(queue)
    return row
  }

  async open(queue: string, { batchId, callbacks, parent }: NewBatch): Promise<void> {
    const entries = Object.entries(callbacks) as [BatchEnd, PushItem][]
    const [name, node] = [packText(queue, 'queue'), nodeOf(batchId)]
    const { addBatch, hasBatch } = this.#connection.statements
    await this.#connection.transact(async (ask) => {
      await this.hold(asking(ask), queue, [])
      const [known] = await ask(hasBatch, [name, node])
      if (known) return
      await this.hold(
        asking(ask),
        queue,
        parent === undefined ? [] : [{ taskId: '-', data: '', batch: parent }],
      )
      await ask(addBatch, [name, node, packText(batchId, 'batchId')])
      const items = entries.map(([, item]) => item)
      if (items.length > 0) await this.pushWithin(asking(ask), queue, items)
      const within = parent === undefined ? [] : [{ id: node, batch: nodeOf(parent) }]
      const ties = entries.map(([how, { taskId, delayUntil }]): Tie => {
        const due = delayUntil === undefined ? {} : { due: delayUntil, sent: this.#clock.now() }
        return { id: packId(taskId).id, how, others: [node], ...due }
      })
      await this.#tie(asking(ask), queue, [...within, ...ties])
    })
  }

  async close(queue: string, batchId: string, as: 'full' | 'canceled'): Promise<boolean> {
    const [name, node] = [packText(queue, 'queue'), nodeOf(batchId)]
    const isClosed = await this.#connection.transact(async (ask) => {
      await this.hold(asking(ask), queue, [])
      const [[isThere] = []] = await ask<[boolean]>(this.#connection.statements.hasBatch, [name, node])
      if (!isThere) return false
      const how = { good: true, close: node, canceled: as === 'canceled' }
      await this.#finish(asking(ask), queue, how)
      return true
    })
    if (isClosed) this.#onRelease(queue)
    return isClosed
  }

  async find(queue: string, batchId: string): Promise<BatchState | undefined> {
    const values = [packText(queue, 'queue'), nodeOf(batchId)]
    const [row] = await this.#connection.look<StateRow>(this.#connection.statements.findBatch, () => values)
    return row && readState(row)
  }

  async list(
    queue: string,
    which: 'open' | 'ended',
    { limit = PAGE_LIMIT, after }: PageRequest = {},
  ): Promise<BatchPage> {
    const size = Math.min(limit, MOST_ON_PAGE)
    const [time = 'infinity', id] = after === undefined ? [] : checkCursor(after, CURSORS[which])
    const about = which === 'open' ? [id ?? null, size + 1] : [id ?? '', size + 1, time]
    const rows = await this.#connection.look<ListedRow>(
      this.#connection.statements.listBatches[which],
      () => [packText(queue, 'queue'), ...about],
    )
    const some = rows.slice(0, size)
    const batches = some.map(([batchId, ...row]) => ({ batchId: unpackText(batchId), ...readState(row) }))
    const last = rows.length > size ? some.at(-1) : undefined
    return { batches, ...(last && { next: which === 'open' ? last[0] : `${last[8]}@${last[0]}` }) }
  }

  async members(queue: string, batchId: string): Promise<BatchMembers> {
    const values = [packText(queue, 'queue'), nodeOf(batchId), MOST_MEMBERS]
    const { members } = this.#connection.statements
    const rows = await this.#connection.look<[string, string | null, string | null]>(members, () => values)
    return {
      taskIds: rows.flatMap(([id, name, batch]) => (batch === null ? [unpackId(id, name)] : [])),
      batchIds: rows.flatMap(([, , batch]) => (batch === null ? [] : [unpackText(batch)])),
    }
  }

  async waitsFor(queue: string, taskIds: readonly string[]): Promise<Map<string, readonly string[]>> {
    const asked = new Map(taskIds.map((taskId) => [packId(taskId).id, taskId]))
    const values = [packText(queue, 'queue'), [...asked.keys()], MOST_SHOWN]
    const found = new Map<string, string[]>()
    const { waitsFor } = this.#connection.statements
    const rows = await this.#connection.look<[string, string, string | null, string | null]>(
      waitsFor,
      () => values,
    )
    for (const [waiter, id, name, batch] of rows) {
      const taskId = asked.get(waiter) ?? ''
      const other = batch === null ? unpackId(id, name) : unpackText(batch)
      found.set(taskId, [...(found.get(taskId) ?? []), other])
    }
    return found
  }

  async #tie(ask: AskText, queue: string, items: readonly Tie[]): Promise<void> {
    if (items.length === 0) return
    const request = JSON.stringify({ queue: packText(queue, 'queue'), items })
    await ask(this.#connection.statements.tie, request)
  }

  /** Gives the leases that it has ended. */
  async #finish(
    ask: AskText,
    queue: string,
    how: {
      readonly ids?: readonly string[]
      readonly acks?: readonly object[]
      readonly good: boolean
      readonly close?: string
      readonly canceled?: boolean
    },
  ): Promise<readonly string[]> {
    const request = JSON.stringify({ queue: packText(queue, 'queue'), ids: [], ...how })
    const [[told] = []] = await ask(this.#connection.statements.finish, request)
    return typeof told === 'string' ? (JSON.parse(told) as string[]) : []
  }
}

/** Settles deliveries queue by queue; gives the receipts of all that a call has settled. */
async function eachQueue(
  deliveries: readonly Delivery[],
  settle: (queue: string, own: readonly Delivery[]) => Promise<readonly string[]>,
): Promise<Set<string>> {
  const queues = [...new Set(deliveries.map(({ queue }) => queue))]
  const own = (queue: string) => deliveries.filter((delivery) => delivery.queue === queue)
  const receipts = await Promise.all(queues.map((queue) => settle(queue, own(queue))))
  return new Set(receipts.flat())
}
