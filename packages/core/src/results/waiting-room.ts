import type { Client } from '../backend/client.js'
import type { Results } from '../backend/facets.js'
import { need } from '../backend/need.js'
import type { DeathReason } from '../backend/contract.js'
import { readDeathReason } from '../backend/read-death-reason.js'
import type { Clock } from '../base/clock.js'
import { toSeconds } from '../base/duration.js'
import type { Payload } from '../base/payload.js'
import { clearImmediate, setImmediate } from '../base/timers.js'
import { isCertain } from '../errors/base.js'
import {
  AlligatorError,
  ClosedError,
  ResultGoneError,
  ResultNotStorableError,
  ResultTimeoutError,
  TaskCanceledError,
  TaskFailed,
} from '../errors/index.js'
import { placeOf } from '../errors/sealed-places.js'
import type { FinishedOptions } from '../task/task.js'
import { type KeptEnd, decodeResult } from '../wire/kept.js'
import { peekTask } from '../wire/payload.js'

/** Seconds that a caller waits by default. */
const USUAL_TIMEOUT = 30
/** Seconds between two looks at a task of which nothing is heard, at most: each pause is twice as long as the one before, from one on. */
const LONGEST_PAUSE = 5

/** What waiting needs of a gator. */
export interface WaitingHost {
  readonly backend: Client
  readonly clock: Clock
  open(data: Payload, place: string): Payload
}

/** The end of a task, as somebody learns of it. */
type End = { readonly value: unknown } | { readonly error: unknown }

/** One task that is waited for, by however many. */
interface Waited {
  readonly queue: string
  readonly taskId: string
  readonly waiters: Set<(end: End) => void>
  isDue: boolean
  /** Seconds until it is due, and from then to the next time: counted, so that a clock that is set keeps nobody waiting. */
  left: number
  pause: number
  /** What the last look failed with. */
  trouble: unknown
}

/**
 * All who wait for results in one gator. The store is listened to once for all of them, as soon as there is one; then it is asked about a task
 * at once, again when its end is heard of, and again after ever longer pauses, since a hint can get lost. Many are asked about together.
 *
 * Waiting ends with the result; as the task is dead, or was canceled; when the store has neither the task nor a result, as far as it can show
 * that; when the time is over; when the signal aborts; and when the gator is closed. While the store is away it goes on: only the time ends it.
 */
export class WaitingRoom {
  readonly #host: WaitingHost
  readonly #waited = new Map<string, Waited>()
  #unlisten: (() => void) | undefined
  #cancelSecond: (() => void) | undefined
  #cancelLook: (() => void) | undefined
  #isLooking = false
  #isClosed = false

  constructor(host: WaitingHost) {
    this.#host = host
  }

  /** Waits for the result of a task. */
  finished(taskId: string, queue: string, { timeout, signal }: FinishedOptions = {}): Promise<unknown> {
    const results = need(this.#host.backend, 'results', 'finished')
    const seconds = timeout === undefined ? USUAL_TIMEOUT : toSeconds(timeout, 'timeout')
    if (signal?.aborted) return Promise.reject(signal.reason)
    if (this.#isClosed) return Promise.reject(new ClosedError('This gator'))
    return new Promise((resolve, reject) => {
      const waited = this.#join(taskId, queue, results)
      const finish = (end: End) => {
        cancel()
        signal?.removeEventListener('abort', onAbort)
        waited.waiters.delete(finish)
        if (waited.waiters.size === 0) this.#leave(waited)
        if ('error' in end) reject(end.error)
        else resolve(end.value)
      }
      const onAbort = () => finish({ error: signal?.reason })
      const cancel = this.#host.clock.timer(seconds, () =>
        finish({ error: new ResultTimeoutError(taskId, seconds, waited.trouble) }),
      )
      signal?.addEventListener('abort', onAbort)
      waited.waiters.add(finish)
    })
  }

  /** Ends all waiting. */
  close(): void {
    this.#isClosed = true
    for (const waited of this.#waited.values()) end(waited, { error: new ClosedError('This gator') })
  }

  #join(taskId: string, queue: string, results: Results): Waited {
    const key = keyOf(queue, taskId)
    const known = this.#waited.get(key)
    if (known) return known
    const waited: Waited = {
      ...{ queue, taskId, waiters: new Set() },
      ...{ isDue: true, left: 1, pause: 1, trouble: undefined },
    }
    this.#waited.set(key, waited)
    this.#unlisten ??= results.onEnd((...place) => this.#onEnd(...place))
    if (!this.#cancelSecond) this.#countSecond()
    this.#lookSoon()
    return waited
  }

  #leave({ queue, taskId }: Waited): void {
    this.#waited.delete(keyOf(queue, taskId))
    if (this.#waited.size > 0) return
    this.#unlisten?.()
    this.#unlisten = undefined
    this.#cancelSecond?.()
    this.#cancelSecond = undefined
    this.#cancelLook?.()
    this.#cancelLook = undefined
  }

  #countSecond(): void {
    this.#cancelSecond = this.#host.clock.timer(1, () => {
      for (const waited of this.#waited.values()) {
        waited.left -= 1
        waited.isDue ||= waited.left <= 0
      }
      this.#countSecond()
      this.#lookSoon()
    })
  }

  /** Without a name, any may have ended. */
  #onEnd(queue?: string, taskId?: string): void {
    const named = queue !== undefined && taskId !== undefined
    const heard = named ? [this.#waited.get(keyOf(queue, taskId))] : [...this.#waited.values()]
    for (const waited of heard) if (waited) waited.isDue = true
    if (heard[0]) this.#lookSoon()
  }

  /** Looks at what is due, if anything is, in a moment, along with what is due by then. */
  #lookSoon(): void {
    if (this.#isLooking || this.#cancelLook) return
    if (![...this.#waited.values()].some(({ isDue }) => isDue)) return
    this.#cancelLook = soon(() => {
      this.#cancelLook = undefined
      void this.#look()
    })
  }

  async #look(): Promise<void> {
    this.#isLooking = true
    const queues = new Map<string, Waited[]>()
    for (const waited of this.#waited.values()) {
      if (!waited.isDue) continue
      waited.isDue = false
      waited.left = waited.pause
      waited.pause = Math.min(LONGEST_PAUSE, 2 * waited.pause)
      const others = queues.get(waited.queue)
      if (others) others.push(waited)
      else queues.set(waited.queue, [waited])
    }
    await Promise.all([...queues].map(([queue, some]) => this.#lookAt(queue, some)))
    this.#isLooking = false
    this.#lookSoon()
  }

  async #lookAt(queue: string, some: readonly Waited[]): Promise<void> {
    try {
      await this.#ask(queue, some)
    } catch (error) {
      for (const waited of some) {
        waited.trouble = error
        if (isCertain(error)) end(waited, { error })
      }
    }
  }

  /** What is off the queue has ended before its result is asked for, and that has been kept before the queue is asked once more. */
  async #ask(queue: string, some: readonly Waited[]): Promise<void> {
    const { backend } = this.#host
    const results = need(backend, 'results', 'finished')
    const { listing } = backend
    const states = await listing?.find(queue, idsOf(some))
    const off = some.filter(({ taskId }) => !states?.has(taskId))
    const kept = off.length > 0 ? await results.get(queue, idsOf(off)) : undefined
    const gone = off.filter((waited) => {
      waited.trouble = undefined
      const result = kept?.get(waited.taskId)
      if (result !== undefined) end(waited, this.#read(waited, result))
      return result === undefined
    })
    if (!listing) return
    const dead = some.filter(({ taskId }) => states?.get(taskId) === 'dead')
    await Promise.all(
      dead.map(async (waited) => {
        const stored = await listing.get(queue, waited.taskId)
        if (stored?.state === 'dead')
          end(waited, { error: failureOf(stored.taskId, this.#nameIn(stored.data, queue), stored.reason) })
      }),
    )
    const removed = gone.length > 0 ? await listing.removed(queue, idsOf(gone)) : undefined
    for (const waited of gone) {
      const { taskId } = waited
      const error = removed?.has(taskId) ? new TaskCanceledError(taskId) : new ResultGoneError(taskId, queue)
      end(waited, { error })
    }
  }

  #read({ queue, taskId }: Waited, data: Payload): End {
    try {
      const kept = decodeResult(this.#host.open(data, placeOf('result', queue, taskId)))
      if ('refused' in kept) return { error: ResultNotStorableError.told(kept.refused.message) }
      if ('ended' in kept) return { error: this.#errorOf(taskId, kept.ended) }
      return { value: kept.result }
    } catch (error) {
      return { error }
    }
  }

  #errorOf(taskId: string, { reason, name }: KeptEnd): AlligatorError {
    return reason === undefined
      ? new TaskCanceledError(taskId)
      : failureOf(taskId, name ?? 'task', readDeathReason(reason))
  }

  #nameIn(data: Payload, queue: string): string {
    try {
      const { module, callable } = peekTask(this.#host.open(data, queue))
      return `${module}#${callable}`
    } catch {
      return 'task'
    }
  }
}

function failureOf(taskId: string, name: string, reason: DeathReason | undefined): TaskFailed {
  const code = (reason?.code ?? 'TASK_FAILED') as AlligatorError['code']
  const cause = new AlligatorError(code, reason?.message ?? 'its reason is not known')
  return new TaskFailed(taskId, name, reason?.attempt ?? 1, cause)
}

/** Once what is going on just now has ended; gives what cancels that. */
function soon(step: () => void): () => void {
  const immediate = setImmediate(step)
  return () => clearImmediate(immediate)
}

function end({ waiters }: Waited, how: End): void {
  for (const finish of [...waiters]) finish(how)
}

function idsOf(some: readonly Waited[]): string[] {
  return some.map(({ taskId }) => taskId)
}

function keyOf(queue: string, taskId: string): string {
  return `${queue}\n${taskId}`
}
