import { randomUUID } from 'node:crypto'
import type { Payload } from '../../base/payload.js'
import { performance } from '../../base/timers.js'
import type { DeathReason, Delivery, PushItem, ReleaseOptions, ReserveOptions } from '../contract.js'
import type { Uniqueness } from '../facets.js'
import type { StateStore } from '../state-store.js'
import { type Head, readHead, withHead } from './keys/head.js'
import { Placing } from './keys/placing.js'
import { BRIEF, type Entry, KEPT, isLater, isRunning, keptUntil, withEntry, without } from './keys/record.js'
import { type Change, KeyRecords, type KnownRecord, unlessAway } from './keys/records.js'
import type { KeyedSteps } from './keys/steps.js'
import { packPayload, unpackPayload } from './payload-text.js'

export type { KeyedSteps } from './keys/steps.js'

/** Seconds after which a task that is to follow another one is looked at again. */
const FOLLOW = 1
/** The part of a lease that may be over before its worker is given the task. */
const SLOW = 0.25
/** Seconds for which the payload of a dead letter is kept that its message does not have. */
const DEAD_KEPT = 365 * 24 * 3600

/** Under this a delivery bears what its store is told of it. */
const HELD: unique symbol = Symbol('held')

/** A delivery of a task whose payload has a head. */
interface Held {
  readonly raw: Delivery
  /** As it stands now. Absent: there was none but a mark that the payload itself begins like one. */
  readonly head: Head | undefined
  readonly run: string
  readonly lease: number
  /** Whether its payload is in the state store, and not in its message. */
  readonly isReplaced: boolean
  /** Whether somebody has begun to settle it. */
  isEnding: boolean
  /** The record as that has left it. */
  record?: KnownRecord | undefined
}

type KeyedDelivery = Delivery & { readonly [HELD]?: Held }

/**
 * The keys of tasks whose own store knows of none, kept in a state store beside it.
 *
 * **What is kept.** For each key of a queue one record, of the tasks that have it: those that wait, with or without a delay, and those that run,
 * with the end of their lease. A message says in a line before its payload which entry is its own. So whoever is handed it out marks it as
 * running, and whoever settles it takes it away. A task without a key has no such line, and costs nothing.
 *
 * **Steps over two stores.** None is common to both. Before one that ends a task, or begins one, its entry is made to last for a short
 * time only, and afterwards for long, or is taken away. Whoever dies in between leaves a key that is free some seconds later, or that its task finds
 * again when it is handed out: at worst a key is taken for a short time, or two tasks have the same.
 *
 * **Settling.** The entry names the hand-out that holds it. A worker whose lease has lapsed, and whose task was handed out again or replaced
 * since, finds another one there, and settles nothing.
 *
 * **Replacing.** A message is not written anew. What replaces its payload is kept in the state store, and who is handed the message
 * out finds it there. Who comes too early, since its delay was put off, puts it back.
 *
 * **What is dropped with its queue.** Each entry bears the mark that its queue had; a drop gives the queue another.
 */
export class KeyedTasks {
  readonly #steps: KeyedSteps
  #records: KeyRecords | undefined

  constructor(steps: KeyedSteps) {
    this.#steps = steps
  }

  /** Keeps keys from now on: without that the lines before payloads are passed over. */
  keepIn(state: StateStore): Uniqueness {
    this.#records = new KeyRecords(state)
    const placing = new Placing(this.#records, this.#steps)
    return { holdsBack: true, push: (queue, items) => placing.push(queue, items) }
  }

  pushMany(queue: string, items: readonly PushItem[]): Promise<string[]> {
    return this.#steps.pushMany(
      queue,
      items.map((item) => {
        const data = withHead(item.data, undefined)
        return data === item.data ? item : { ...item, data }
      }),
    )
  }

  async reserve(queues: readonly string[], options: ReserveOptions): Promise<Delivery[]> {
    const { wait = 0, lease } = options
    const end = performance.now() + 1000 * wait
    for (;;) {
      const left = Math.max(0, (end - performance.now()) / 1000)
      const taken = await this.#steps.reserve(queues, { ...options, wait: left })
      const since = performance.now()
      const begun = await this.begin(taken, lease)
      if (begun.length > 0 && performance.now() - since > SLOW * 1000 * lease) {
        // A state store that was slow has used up some of the leases.
        const lost = new Set(await this.extend(begun, lease))
        return begun.filter((delivery) => !lost.has(delivery))
      }
      // What was put back has a delay now, so that it does not come again at once.
      if (taken.length === 0 || begun.length > 0) return begun
    }
  }

  /** Marks what was handed out as running, and gives what is to run: what came too early is put back. */
  async begin(taken: readonly Delivery[], lease: number): Promise<Delivery[]> {
    if (!taken.some(({ data }) => readHead(data).data !== data)) return [...taken]
    const results = await Promise.allSettled(taken.map((raw) => this.#begin(raw, lease, false)))
    const failed = results.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined
    if (!failed)
      return results.flatMap((result) =>
        result.status === 'fulfilled' && result.value ? [result.value] : [],
      )
    for (const raw of taken.toReversed()) await this.#steps.release(raw, { deliveries: raw.deliveries - 1 })
    throw failed.reason
  }

  async reserveById(queue: string, taskId: string, lease: number): Promise<Delivery | undefined> {
    const raw = await this.#steps.byId?.reserve(queue, taskId, lease)
    return raw && this.#begin(raw, lease, true)
  }

  async ack(deliveries: readonly Delivery[]): Promise<Delivery[]> {
    if (!deliveries.some(heldOf)) return this.#steps.ack(deliveries)
    const ends = await Promise.all(deliveries.map((delivery) => this.#end(delivery)))
    const open = deliveries.filter((_, at) => ends[at])
    const receipts = (await this.#steps.ack(open.map(rawOf))).map(({ receipt }) => receipt)
    const isLost = (delivery: Delivery) => receipts.includes(delivery.receipt)
    // What is not known to be gone has its key for the short time still, and then for as long as it is handed out again.
    await Promise.all(open.map((delivery) => (isLost(delivery) ? undefined : this.#free(delivery))))
    return deliveries.filter((delivery, at) => !ends[at] || isLost(delivery))
  }

  async extend(deliveries: readonly Delivery[], lease: number): Promise<Delivery[]> {
    if (!deliveries.some(heldOf)) return this.#steps.extend(deliveries, lease)
    const ours = await Promise.all(
      deliveries.map(async (delivery) => {
        let isOurs = true
        // What is being settled lasts no longer. And while the state store is away the key lasts for what is left of its lease.
        if (heldOf(delivery)?.isEnding !== true)
          await unlessAway(async () => {
            isOurs = await this.#update(delivery, (entry, now) => running(entry, now, lease))
          })
        return isOurs
      }),
    )
    const open = deliveries.filter((_, at) => ours[at])
    const receipts = (await this.#steps.extend(open.map(rawOf), lease)).map(({ receipt }) => receipt)
    const isLost = ({ receipt }: Delivery) => receipts.includes(receipt)
    return deliveries.filter((delivery, at) => !ours[at] || isLost(delivery))
  }

  async release(delivery: Delivery, options: ReleaseOptions = {}): Promise<boolean> {
    const { data, delayUntil, deliveries = 0 } = options
    const held = heldOf(delivery)
    const back = data === undefined ? options : { ...options, data: withHead(data, held?.head) }
    if (!held) return Boolean(await this.#steps.release(delivery, back))
    const delay = Math.max(0, (delayUntil ?? 0) - this.#steps.clock.now())
    held.isEnding = true
    const isHeld = await this.#update(delivery, (entry, now) => ({
      ...waiting(entry, now + delay, now),
      due: now + delay,
      ...{ isHeld: undefined, seen: deliveries, former: undefined },
      moves: data === undefined ? undefined : now + BRIEF,
    }))
    if (!isHeld) return false
    try {
      const kept = await this.#steps.release(held.raw, back)
      if (data !== undefined) await this.#moved(held, typeof kept === 'string' ? kept : undefined)
      return Boolean(kept)
    } catch (error) {
      held.isEnding = false
      await unlessAway(() => this.#takeBack(held))
      throw error
    }
  }

  async bury(delivery: Delivery, reason: DeathReason): Promise<boolean> {
    const held = heldOf(delivery)
    if (!held) return this.#steps.bury(delivery, reason)
    if (!(await this.#end(delivery))) return false
    const raw = { ...held.raw, data: withHead(delivery.data, held.head) }
    const isBuried = await this.#steps.bury(raw, reason)
    if (isBuried) await this.#keepDead(held, delivery.data)
    return isBuried
  }

  /** A dead letter waits again, and so has its key. */
  async kicked(queue: string, taskId: string, data: Payload): Promise<void> {
    const { head } = readHead(data)
    if (!head) return
    await unlessAway(async () => {
      await this.#records?.change(queue, head.key, ({ entries, now, drop }) => {
        const entry = entries.find(({ token }) => token === head.token) ?? newEntry(taskId, head, drop)
        return withEntry(entries, {
          ...waiting(entry, undefined, now),
          ...{ id: taskId, isOver: undefined, seen: undefined, former: undefined },
        })
      })
    })
  }

  async remove(queue: string, taskId: string): Promise<Payload | undefined> {
    const found = await this.#steps.byId?.remove(queue, taskId)
    if (found === undefined) return undefined
    const { head, data } = readHead(found)
    if (!head || !this.#records) return data
    const { entries } = await this.#records.read(queue, head.key)
    const entry = entries.find(({ token }) => token === head.token)
    const newest = await this.#newest(entry, head, data)
    await this.#records.change(queue, head.key, (record) => without(record.entries, head.token))
    await this.#records.forgetPayload(entry?.data)
    return newest
  }

  async dropAll(queue: string): Promise<void> {
    await this.#steps.dropAll(queue)
    await this.#records?.drop(queue)
  }

  async #begin(raw: Delivery, lease: number, isNamed: boolean): Promise<KeyedDelivery | undefined> {
    const { head, data } = readHead(raw.data)
    if (data === raw.data) return raw
    const records = this.#records
    const run = randomUUID()
    const held = { raw, head, run, lease, isReplaced: false, isEnding: false }
    if (!head || !records) return { ...raw, data, [HELD]: held }
    const { queue, taskId } = raw
    let [wait, isTwin] = [0, false]
    let entry: Entry | undefined
    await records.change(queue, head.key, ({ entries, now, drop }) => {
      entry = entries.find(({ token }) => token === head.token)
      isTwin = entry?.id !== undefined && entry.id !== taskId && isRunning(entry, now)
      wait = isNamed || !entry ? 0 : pauseFor(entry, entries, now)
      if (isTwin || wait > 0) return undefined
      const begun = running(entry ?? newEntry(taskId, head, drop), now, lease)
      return withEntry(entries, {
        ...begun,
        ...{ id: taskId, run, seen: raw.deliveries, isOver: undefined, isHeld: undefined },
      })
    })
    if (isTwin) {
      // It was pushed twice, since an answer was lost. The other one runs, and comes again by itself if it must.
      await this.#steps.ack([raw])
      return undefined
    }
    if (wait > 0) {
      const delayUntil = this.#steps.clock.now() + wait
      await this.#steps.release(raw, { delayUntil, deliveries: raw.deliveries - 1 })
      return undefined
    }
    const version = entry?.version ?? head.version
    const isReplaced = version > head.version
    const newest = await this.#newest(entry, head, data)
    // What replaces a task is as fresh as a new one.
    const deliveries = Math.max(1, raw.deliveries - (entry?.former ?? 0))
    const begun = {
      ...raw,
      data: newest,
      deliveries,
      [HELD]: { ...held, head: { ...head, version }, isReplaced },
    }
    if (isReplaced && entry?.cleared !== version) await this.#clear(begun, version)
    return begun
  }

  /** What a former payload has told, and its steps, are not those of the one that took its place. */
  async #clear(delivery: KeyedDelivery, version: number): Promise<void> {
    const { notes } = this.#steps.client
    if (!notes?.forget) return
    await notes.forget(delivery.queue, delivery.firstId ?? delivery.taskId)
    await this.#update(delivery, (entry) => ({ ...entry, cleared: version }))
  }

  async #newest(entry: Entry | undefined, head: Head, data: Payload): Promise<Payload> {
    if (entry?.data === undefined || entry.version <= head.version) return data
    const text = await this.#records?.payload(entry.data)
    return text === undefined ? data : unpackPayload(text)
  }

  /** Before a task is settled for good, its key lasts for a short time only. `false`: somebody else holds it by now. */
  #end(delivery: Delivery): Promise<boolean> {
    const held = heldOf(delivery)
    if (held) held.isEnding = true
    return this.#update(delivery, (entry, now) => {
      const end = now + BRIEF
      return { ...entry, end, until: Math.max(end, entry.for ?? 0) }
    })
  }

  /** It is done: its key is free, unless it is taken for a time. */
  async #free(delivery: Delivery): Promise<void> {
    const { head, raw, run, record } = heldOf(delivery) ?? {}
    if (!head || !raw) return
    let unused: string | undefined
    const free: Change = ({ entries, now }) => {
      const entry = entries.find(({ token }) => token === head.token)
      if (!entry || entry.run !== run) return undefined
      unused = entry.data
      if (!isLater(entry.for, now)) return without(entries, head.token)
      return withEntry(entries, { ...over(entry, entry.for ?? now), data: undefined })
    }
    await unlessAway(async () => {
      await this.#records?.change(raw.queue, head.key, free, record)
      await this.#records?.forgetPayload(unused)
    })
  }

  /** A dead letter is in nobody's way. What its message does not have is kept for as long as somebody may bring it back. */
  async #keepDead({ head, raw, run, isReplaced }: Held, data: Payload): Promise<void> {
    if (!head) return
    const time = isReplaced ? DEAD_KEPT : KEPT
    await unlessAway(async () => {
      let name: string | undefined
      await this.#records?.change(raw.queue, head.key, ({ entries, now }) => {
        const entry = entries.find(({ token }) => token === head.token)
        if (!entry || entry.run !== run) return undefined
        name = entry.data
        return withEntry(entries, { ...over(entry, now + time), for: undefined })
      })
      if (isReplaced && name !== undefined) await this.#records?.keepPayload(name, packPayload(data), time)
    })
  }

  /** Where it is now, by its store. */
  async #moved({ head, raw: { queue } }: Held, id: string | undefined): Promise<void> {
    if (!head) return
    await unlessAway(async () => {
      await this.#records?.change(queue, head.key, ({ entries }) => {
        const entry = entries.find(({ token }) => token === head.token)
        return entry && entry.moves !== undefined
          ? withEntry(entries, { ...entry, id: id ?? entry.id, moves: undefined })
          : undefined
      })
    })
  }

  /** It could not be put back, and is held as before. */
  async #takeBack({ head, raw: { queue }, run, lease }: Held): Promise<void> {
    if (!head) return
    await this.#records?.change(queue, head.key, ({ entries, now }) => {
      const entry = entries.find(({ token }) => token === head.token)
      const isUnchanged = entry && entry.run === undefined && entry.version === head.version
      return isUnchanged ? withEntry(entries, { ...running(entry, now, lease), run }) : undefined
    })
  }

  /** Changes the entry of what is held. `false`: somebody else holds it, or has replaced it; without an entry it goes on without a key. */
  async #update(delivery: Delivery, make: (entry: Entry, now: number) => Entry): Promise<boolean> {
    const held = heldOf(delivery)
    const { head, raw, run } = held ?? {}
    if (!held || !head || !raw || !this.#records) return true
    let isOurs = true
    held.record = await this.#records.change(raw.queue, head.key, ({ entries, now }) => {
      const entry = entries.find(({ token }) => token === head.token)
      isOurs = !entry || entry.run === run
      return entry && isOurs ? withEntry(entries, make(entry, now)) : undefined
    })
    return isOurs
  }
}

function heldOf(delivery: KeyedDelivery): Held | undefined {
  return delivery[HELD]
}

function rawOf(delivery: Delivery): Delivery {
  return heldOf(delivery)?.raw ?? delivery
}

function running(entry: Entry, now: number, lease: number): Entry {
  return { ...entry, end: now + lease, until: keptUntil(now + lease, entry.for, now), moves: undefined }
}

function waiting(entry: Entry, due: number | undefined, now: number): Entry {
  return { ...entry, run: undefined, end: undefined, until: keptUntil(due, entry.for, now) }
}

function over(entry: Entry, until: number): Entry {
  return { ...entry, isOver: true, until, run: undefined, end: undefined }
}

/** Of a message whose entry is forgotten: it has its key again. */
function newEntry(id: string, { token, version }: Head, drop: string): Entry {
  return { token, pushedAs: id, id, version, drop, until: 0 }
}

/** Seconds until a task may run that was handed out too early. */
function pauseFor(entry: Entry, entries: readonly Entry[], now: number): number {
  if (entry.isHeld && isLater(entry.due, now)) return (entry.due ?? now) - now
  const isAhead = ({ token, isOver }: Entry) => token === entry.after && isOver !== true
  return entries.some(isAhead) ? FOLLOW : 0
}
