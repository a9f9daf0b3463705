import type { Clock } from '../../../base/clock.js'
import type { Payload } from '../../../base/payload.js'
import type { Client } from '../../client.js'
import type { DeathReason, Delivery, PushItem, ReleaseOptions, ReserveOptions } from '../../contract.js'
import type { ById } from '../../facets.js'

/** What a client does with its store, as if no task had a key. */
export interface KeyedSteps {
  readonly client: Client
  readonly clock: Clock
  pushMany(queue: string, items: readonly PushItem[]): Promise<string[]>
  reserve(queues: readonly string[], options: ReserveOptions): Promise<Delivery[]>
  ack(deliveries: readonly Delivery[]): Promise<Delivery[]>
  extend(deliveries: readonly Delivery[], lease: number): Promise<Delivery[]>
  /** Gives its new id instead of `true` where it has one. */
  release(delivery: Delivery, options: ReleaseOptions): Promise<boolean | string>
  bury(delivery: Delivery, reason: DeathReason): Promise<boolean>
  dropAll(queue: string): Promise<void>
  readonly byId?: ById
  /** The payload of a task that is not dead. Absent: the store cannot be asked. */
  find?(queue: string, taskId: string): Promise<Payload | undefined>
  /** Makes a task that waits or is delayed due at another time, at the end of its queue. `false`: there is none. Absent: the store cannot. */
  defer?(queue: string, taskId: string, delayUntil: number | undefined): Promise<boolean>
}
