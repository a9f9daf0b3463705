import { pause } from '../../../base/timers.js'
import { isPassing } from '../../../errors/index.js'
import type { Placed, PushItem } from '../../contract.js'
import { packPayload } from '../payload-text.js'
import { readHead } from './head.js'
import { Plan, type Wanted } from './plan.js'
import { type Entry, type Record, isLater, isWaiting, keptUntil, withEntry } from './record.js'
import { type KeyRecords, KnownRecord, unlessAway } from './records.js'
import type { KeyedSteps } from './steps.js'

/** Milliseconds between two looks at what somebody else is pushing: at first, and at most. */
const FIRST_NAP = 10
const LONGEST_NAP = 200

/** A plan that the record says is carried out. */
interface Written {
  readonly key: string
  readonly before: Record
  readonly after: KnownRecord
  readonly plan: Plan
}

/**
 * Pushes tasks with keys. No step is common to the two stores. So a task first takes its key, for a short time only; then it is pushed; then its
 * key is kept for as long as it may be there. A process that dies in between leaves a key that is free soon. Nobody waits for another while
 * it has taken a key and not pushed its task, so that no two can wait for each other.
 */
export class Placing {
  readonly #records: KeyRecords
  readonly #steps: KeyedSteps

  constructor(records: KeyRecords, steps: KeyedSteps) {
    this.#records = records
    this.#steps = steps
  }

  async push(queue: string, items: readonly PushItem[]): Promise<Placed[]> {
    const placed: Placed[] = []
    let open = items.map((item, at) => ({ at, item }))
    for (let nap = FIRST_NAP; open.length > 0; nap = Math.min(2 * nap, LONGEST_NAP)) {
      if (open.length < items.length || nap > FIRST_NAP) await pause(nap)
      open = await this.#round(queue, open, placed)
    }
    return placed
  }

  /** Pushes what can be pushed now; gives what nobody knows of yet. */
  async #round(queue: string, wanted: readonly Wanted[], placed: Placed[]): Promise<Wanted[]> {
    const plain = wanted.filter(({ item }) => !item.unique)
    const written = await this.#takeKeys(queue, byKey(wanted))
    const pushes = [...plain, ...written.flatMap(({ plan }) => [...plan.pushes.values()])]
    pushes.sort((a, b) => a.at - b.at)
    const ids = await this.#pushAll(queue, pushes, written)
    for (const { at } of plain) placed[at] = { taskId: ids.get(at) ?? '', isDuplicate: false }
    const open: Wanted[] = []
    await Promise.all(written.map((one) => this.#confirm(queue, one, ids)))
    for (const { plan } of written)
      for (const [at, fate] of plan.fates) {
        if (fate.type === 'known') placed[at] = fate.placed
        else if (fate.type === 'open') open.push(...wanted.filter((one) => one.at === at))
        else {
          const { token, isDuplicate, runs } = fate
          const taskId = ids.get(plan.pushes.get(token)?.at ?? at) ?? ''
          placed[at] = { taskId, isDuplicate, ...(runs !== undefined && { runs }) }
        }
      }
    return open.sort((a, b) => a.at - b.at)
  }

  /** Takes the keys of all, or of none: those that may be refused first. */
  async #takeKeys(queue: string, groups: ReadonlyMap<string, readonly Wanted[]>): Promise<Written[]> {
    const all = [...groups]
    if (all.length === 0) return []
    const moment = this.#records.moment(queue)
    const records = await Promise.all(all.map(([key]) => this.#look(queue, key, moment)))
    // Whoever is to be refused is so before anything is written, as a rule.
    for (const [at, [, group]] of all.entries())
      void new Plan(this.#steps, queue, records[at] as Record, group)
    const mayBeRefused = ([, group]: readonly [string, readonly Wanted[]]) =>
      group.some(({ item }) => item.unique?.onConflict === 'throw')
    const known = new Map(all.map(([key], at) => [key, records[at]]))
    const written: Written[] = []
    for (const some of [all.filter(mayBeRefused), all.filter((group) => !mayBeRefused(group))]) {
      const results = await Promise.allSettled(
        some.map(([key, group]) => this.#write(queue, key, group, known.get(key))),
      )
      for (const result of results) if (result.status === 'fulfilled') written.push(result.value)
      const failed = results.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined
      if (!failed) continue
      await this.#undo(queue, written)
      throw failed.reason
    }
    return written
  }

  /** A record without those that are gone from their queue, where its store can tell. */
  async #look(queue: string, key: string, moment = this.#records.moment(queue)): Promise<Record> {
    const record = await this.#records.read(queue, key, moment)
    const { entries, now } = record
    if (entries.length === 0) return record
    const seen = await Promise.all(entries.map((entry) => this.#see(queue, entry, now)))
    return { ...record, entries: seen.flatMap((entry) => entry ?? []) }
  }

  /** An entry as far as its task is there still: one that is gone without a word has succeeded, unless its id is another's by now. */
  async #see(queue: string, entry: Entry, now: number): Promise<Entry | undefined> {
    const { id, moves, token } = entry
    if (!this.#steps.find || id === undefined || !isWaiting(entry, now) || isLater(moves, now)) return entry
    const data = await this.#steps.find(queue, id)
    if (data !== undefined) return readHead(data).head?.token === token ? entry : undefined
    return isLater(entry.for, now) ? { ...entry, isOver: true, until: entry.for ?? now } : undefined
  }

  async #write(
    queue: string,
    key: string,
    group: readonly Wanted[],
    known: Record | undefined,
  ): Promise<Written> {
    for (let before = known; ; before = undefined) {
      before ??= await this.#look(queue, key)
      const plan = new Plan(this.#steps, queue, before, group)
      if (plan.entries === before.entries) return { key, before, after: new KnownRecord(before), plan }
      const { now } = before
      const ttlOf = (token: string) =>
        (plan.entries.find((entry) => entry.token === token)?.until ?? now) - now
      await Promise.all(
        [...plan.payloads].map(([token, { name, data }]) =>
          this.#records.keepPayload(name, packPayload(data), ttlOf(token)),
        ),
      )
      const after = await this.#records.write(queue, key, before, plan.entries)
      if (after) return { key, before, after: new KnownRecord(after), plan }
      await this.#forget([...plan.payloads.values()].map(({ name }) => name))
    }
  }

  async #pushAll(
    queue: string,
    pushes: readonly Wanted[],
    written: readonly Written[],
  ): Promise<Map<number, string>> {
    if (pushes.length === 0) return new Map()
    try {
      const ids = await this.#steps.pushMany(
        queue,
        pushes.map(({ item }) => item),
      )
      return new Map(pushes.map(({ at, item }, place) => [at, ids[place] ?? item.taskId]))
    } catch (error) {
      // What may have arrived after all has its key for a short time still.
      if (!isPassing(error)) await this.#undo(queue, written)
      throw error
    }
  }

  /** Keeps the key for as long as its task may be there, unless that is taken or done already. */
  async #confirm(queue: string, written: Written, ids: ReadonlyMap<number, string>): Promise<void> {
    const { key, after, plan } = written
    if (plan.pushes.size > 0)
      await unlessAway(() =>
        this.#records.change(
          queue,
          key,
          ({ entries, now }) => {
            const mine = entries.filter(({ token, id }) => id === undefined && plan.pushes.has(token))
            if (mine.length === 0) return undefined
            return mine.reduce((changed: readonly Entry[], entry) => {
              const id = ids.get(plan.pushes.get(entry.token)?.at ?? -1)
              return withEntry(changed, { ...entry, id, until: keptUntil(entry.due, entry.for, now) })
            }, entries)
          },
          after,
        ),
      )
    await this.#forget(plan.unused)
    for (const [token, delayUntil] of plan.deferred) await this.#defer(queue, key, plan, token, delayUntil)
  }

  /** Gives the message the delay that its record tells of, where that can be done; else whoever is handed it out puts it back. */
  async #defer(
    queue: string,
    key: string,
    plan: Plan,
    token: string,
    delayUntil: number | undefined,
  ): Promise<void> {
    const entry = plan.entries.find((one) => one.token === token)
    if (entry?.id === undefined || !(await this.#steps.defer?.(queue, entry.id, delayUntil))) return
    if (entry.isHeld !== true) return
    await this.#records.change(queue, key, ({ entries }) => {
      const found = entries.find((one) => one.token === token && one.version === entry.version)
      return found && withEntry(entries, { ...found, isHeld: undefined })
    })
  }

  /** Gives back what was taken, as far as nobody has gone on from it. */
  async #undo(queue: string, written: readonly Written[]): Promise<void> {
    await Promise.all(
      written.map(({ key, before, after, plan }) =>
        unlessAway(async () => {
          if (plan.entries === before.entries) return
          await this.#forget([...plan.payloads.values()].map(({ name }) => name))
          const back = await this.#records.write(queue, key, after.get(), before.entries)
          if (back) return
          await this.#records.change(queue, key, ({ entries }) => {
            const kept = entries.filter(({ token }) => !plan.pushes.has(token))
            return kept.length < entries.length ? kept : undefined
          })
        }),
      ),
    )
  }

  async #forget(names: readonly string[]): Promise<void> {
    await Promise.all(names.map((name) => this.#records.forgetPayload(name)))
  }
}

function byKey(wanted: readonly Wanted[]): Map<string, Wanted[]> {
  const groups = new Map<string, Wanted[]>()
  for (const one of wanted) {
    const { unique } = one.item
    if (!unique) continue
    const group = groups.get(unique.key)
    if (group) group.push(one)
    else groups.set(unique.key, [one])
  }
  return groups
}
