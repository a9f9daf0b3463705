import { type Awaitable, chain, isReady } from '../base/awaitable.js'
import type { Client } from '../backend/client.js'
import type { PushItem } from '../backend/contract.js'
import { need } from '../backend/need.js'
import type { Clock } from '../base/clock.js'
import { tellsTime } from '../base/ids.js'
import type { Payload } from '../base/payload.js'
import { DelayTooLongError, NotInTransactionError } from '../errors/index.js'
import type { AnyFunction } from '../function-ref/index.js'
import { Task, type TaskContext } from '../task/task.js'
import { checkSize } from '../wire/limits.js'
import type { Sealer } from '../wire/sealing/sealer.js'
import { uniqueKeyOf } from './uniqueness.js'

/** What it takes to pack the tasks of a gator. */
interface PackHost {
  readonly backend: Client
  readonly clock: Clock
  readonly maxPayload: number
  readonly context: TaskContext
  seal(data: Payload, queue: string): Payload
}

/** Makes of tasks what their store is given. */
export class Packer {
  readonly #host: PackHost
  readonly #sealer: Sealer

  constructor(host: PackHost, sealer: Sealer) {
    this.#host = host
    this.#sealer = sealer
  }

  /** Checks and serializes a task; at once where that is possible. */
  pack(task: Task, queue: string, mustBeReady: boolean): Awaitable<PushItem> {
    const { backend, clock } = this.#host
    const { guard } = task
    if (task.keepResult !== undefined) need(backend, 'results', 'options({ keepResult })')
    // Only the store knows what puts a task off: it may have got other calls.
    const delayUntil = guard?.wait === undefined ? task.schedule() : clock.now() + guard.wait
    const delay = delayUntil === undefined ? 0 : delayUntil - clock.now()
    if (delay > backend.maxDelay) throw new DelayTooLongError(delay, backend.maxDelay)
    if (delay > 0) task.toDelayed()
    const data = task.serialize()
    if (mustBeReady && !isReady(data)) {
      const why = `${task.constructor.name}.serialize gives a promise`
      throw new NotInTransactionError(`Task ${task.taskId}`, why, 'Make serialize synchronous')
    }
    return chain(data, (serialized) =>
      this.#itemOf(task, queue, serialized, delay > 0 ? delayUntil : undefined),
    )
  }

  /** A Task class that reads and writes in its own way may have looked functions up without the settings of this gator. */
  admit({ func, onStart, onSuccess, onError }: Task): void {
    const { refs } = this.#host.context
    for (const fn of [func, onStart, onSuccess, onError]) if (fn) refs.admit(fn as AnyFunction)
  }

  #itemOf(task: Task, queue: string, serialized: Payload, delayUntil: number | undefined): PushItem {
    const host = this.#host
    const { taskId, guard } = task
    if (task.serialize !== Task.prototype.serialize) this.admit(task)
    const data = host.seal(serialized, queue)
    checkSize(task.func?.name, data, Math.min(host.backend.maxPayload, host.maxPayload))
    const enqueuedAt = tellsTime(taskId) ? undefined : host.clock.now()
    const item = { taskId, data, delayUntil, enqueuedAt }
    const levelled = this.#withTies(task, hasLevel(task) ? { ...item, priority: task.priority } : item)
    return guard ? { ...levelled, unique: uniqueKeyOf(task, guard, this.#sealer) } : levelled
  }

  /** What it waits for, where the store can park it, and the batch that it is a member of. */
  #withTies({ dependsOn, follows, onFailedDependency, batchId }: Task, item: PushItem): PushItem {
    if (batchId === undefined && dependsOn.length === 0 && follows === undefined) return item
    const { backend } = this.#host
    if (batchId !== undefined) need(backend, 'batches', 'gator.batch')
    const taskIds = follows === undefined ? dependsOn : [...dependsOn, follows]
    const inAnyCase = onFailedDependency === 'run' || follows !== undefined
    const after = taskIds.length > 0 && backend.dependents ? { taskIds, inAnyCase } : undefined
    return { ...item, after, batch: batchId }
  }
}

export function hasLevel({ priority }: Task): boolean {
  return priority !== 'normal'
}
