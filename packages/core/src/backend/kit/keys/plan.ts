import { randomUUID } from 'node:crypto'
import type { Payload } from '../../../base/payload.js'
import { DuplicateTaskError, InvalidOptionError } from '../../../errors/index.js'
import type { Placed, PushItem, UniqueKey } from '../../contract.js'
import { need } from '../../need.js'
import { withHead } from './head.js'
import {
  BRIEF,
  type Entry,
  type Record,
  isLater,
  isWaiting,
  judge,
  keptUntil,
  withEntry,
  without,
} from './record.js'
import { newPayloadName } from './records.js'
import type { KeyedSteps } from './steps.js'

/** A task that is to be pushed, and its place in the call. */
export interface Wanted {
  readonly at: number
  readonly item: PushItem
}

/** What becomes of a task: it is pushed, or is the same as another; or nobody knows yet, since somebody is pushing the other. */
type Fate =
  | { readonly type: 'known'; readonly placed: Placed }
  | {
      readonly type: 'pushed'
      readonly token: string
      readonly isDuplicate: boolean
      readonly runs: string | undefined
    }
  | { readonly type: 'open' }

/** What is to be done about the tasks of one key, of which the first comes before the second. */
export class Plan {
  readonly fates: Map<number, Fate> = new Map()
  /** By token: what is pushed. */
  readonly pushes: Map<string, Wanted> = new Map()
  /** By token: what replaces payloads. */
  readonly payloads: Map<string, { readonly name: string; readonly data: Payload }> = new Map()
  /** By token: those whose delay is another from now on, and when it ends by this machine's clock. */
  readonly deferred: Map<string, number | undefined> = new Map()
  /** The names of payloads that were replaced. */
  readonly unused: string[] = []
  entries: readonly Entry[]
  readonly #queue: string
  readonly #steps: KeyedSteps
  readonly #now: number
  readonly #drop: string
  /** By how much the clock of the state store is ahead of that of this machine. */
  readonly #ahead: number

  /** @throws DuplicateTaskError, InvalidOptionError, NotSupportedError */
  constructor(steps: KeyedSteps, queue: string, { entries, now, drop }: Record, group: readonly Wanted[]) {
    this.entries = entries
    this.#steps = steps
    this.#queue = queue
    this.#now = now
    this.#drop = drop
    this.#ahead = now - steps.clock.now()
    for (const { at, item } of group) if (item.unique) this.fates.set(at, this.#decide(at, item, item.unique))
  }

  #decide(at: number, item: PushItem, unique: UniqueKey): Fate {
    const own = this.entries.find((entry) => entry.pushedAs === item.taskId && entry.isOver !== true)
    // What was not heard of any more is pushed anew.
    if (own && own.id === undefined && !this.pushes.has(own.token))
      this.entries = without(this.entries, own.token)
    const { other, runs } = judge(this.entries, unique, this.#now)
    if (own?.id !== undefined) return known(own.id, false, runs)
    if (!other) return { type: 'pushed', token: this.#push(at, item, unique), isDuplicate: false, runs }
    const isDuplicate = other.pushedAs !== item.taskId
    if (unique.onConflict === 'throw' && isDuplicate)
      throw new DuplicateTaskError(other.id ?? other.pushedAs, this.#queue, 'key')
    const pushed = this.pushes.get(other.token)
    if (!pushed && other.id === undefined) return { type: 'open' }
    if (unique.onConflict === 'replace' && isDuplicate && isWaiting(other, this.#now))
      this.#replace(other, item, unique, pushed)
    if (pushed) return { type: 'pushed', token: other.token, isDuplicate, runs }
    return known(other.id ?? '', isDuplicate, runs)
  }

  /** Takes the key for a task, and gives its token. */
  #push(at: number, item: PushItem, { key, for: time, atMost, besides }: UniqueKey): string {
    const token = randomUUID()
    const now = this.#now
    const latest = atMost === undefined ? undefined : now + atMost
    const due = earlier(item.delayUntil === undefined ? undefined : item.delayUntil + this.#ahead, latest)
    const entry: Entry = {
      ...{ token, pushedAs: item.taskId, until: now + BRIEF, drop: this.#drop, version: 0, latest, due },
      for: time === undefined ? undefined : now + time,
      after: besides === undefined ? undefined : this.entries.find(({ id }) => id === besides)?.token,
      priority: item.priority === 'normal' ? undefined : item.priority,
    }
    this.entries = withEntry(this.entries, entry)
    this.pushes.set(token, { at, item: this.#headed(item, key, entry) })
    return token
  }

  /** Gives a task that waits all of another but its id. */
  #replace(other: Entry, item: PushItem, unique: UniqueKey, pushed: Wanted | undefined): void {
    const now = this.#now
    const latest = other.latest === undefined ? undefined : other.latest - this.#ahead
    const delayUntil = earlier(item.delayUntil, latest)
    const due = delayUntil === undefined ? undefined : delayUntil + this.#ahead
    const time = unique.for === undefined ? other.for : now + unique.for
    if (pushed) {
      const changed = { ...other, due, for: time, priority: item.priority }
      const replaced = this.#headed({ ...item, taskId: pushed.item.taskId }, unique.key, changed)
      this.entries = withEntry(this.entries, changed)
      this.pushes.set(other.token, { at: pushed.at, item: replaced })
      return
    }
    this.#check(item, other, due ?? now)
    const name = newPayloadName()
    if (!this.payloads.has(other.token) && other.data !== undefined) this.unused.push(other.data)
    this.payloads.set(other.token, { name, data: item.data })
    if (isLater(due, now) || isLater(other.due, now)) this.deferred.set(other.token, delayUntil)
    this.entries = withEntry(this.entries, {
      ...other,
      ...{ version: other.version + 1, data: name, due, for: time, run: undefined, end: undefined },
      former: other.seen,
      isHeld: isLater(due, now),
      until: keptUntil(due, time, now),
    })
  }

  /** Not all of a message can be another. */
  #check(
    { priority = 'normal' }: PushItem,
    { id = '', priority: kept = 'normal', due }: Entry,
    newDue: number,
  ): void {
    if (priority !== kept) {
      const wayOut = `Task ${id} waits with the level ${kept}, and on this store keeps it. Pass that one.`
      throw new InvalidOptionError('priority', priority, wayOut)
    }
    if (!this.#steps.defer && isLater(due, Math.max(newDue, this.#now)))
      need(this.#steps.client, 'expediting', 'a call that makes what waits for its delay due sooner')
  }

  /** What its store is given. */
  #headed(item: PushItem, key: string, { token, latest }: Entry): PushItem {
    const data = withHead(item.data, { key, token, version: 0 })
    const end = latest === undefined ? undefined : latest - this.#ahead
    return { ...item, data, delayUntil: earlier(item.delayUntil, end) }
  }
}

function known(taskId: string, isDuplicate: boolean, runs: string | undefined): Fate {
  return { type: 'known', placed: { taskId, isDuplicate, runs } }
}

function earlier(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return one
  return Math.min(one, other)
}
