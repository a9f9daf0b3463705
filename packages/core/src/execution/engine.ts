import type { Awaitable } from '../base/awaitable.js'
import type { Clock } from '../base/clock.js'
import type { Payload } from '../base/payload.js'
import type { Client } from '../backend/client.js'
import type { Task, TaskContext } from '../task/task.js'

/** What running and settling deliveries needs of a gator. */
export interface Engine {
  readonly backend: Client
  readonly clock: Clock
  /** What its tasks know of it. */
  readonly context: TaskContext
  /** Seconds. */
  readonly lease: number
  readonly maxDeliveries: number
  /** Seconds. */
  readonly unknownTaskTtl: number
  /** Bytes of a result, and of that of a step, at most. */
  readonly maxResult: number
  /** Reads a task from what the store holds on a queue. */
  read(data: Payload, queue: string): Awaitable<Task>
  /** Reads one that is not to be run: nothing that it names is imported. */
  peek(data: Payload, queue: string): Promise<Task>
  /** What is put on a queue for a serialized task, in place of `former`. */
  seal(data: Payload, queue: string, former?: Payload): Payload
  /** The serialized task in what the store holds on a queue. */
  open(data: Payload, queue: string): Payload
}
