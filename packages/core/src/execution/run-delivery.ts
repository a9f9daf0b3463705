import type { Delivery } from '../backend/contract.js'
import { EventStream } from '../events/event-stream.js'
import type { Outcome } from '../events/events.js'
import { type Logger, silentLogger } from '../events/logger.js'
import type { Task } from '../task/task.js'
import type { Engine } from './engine.js'
import { Execution } from './execution.js'
import { LeaseKeeper } from './lease-keeper.js'

/** Who runs a delivery. */
export interface RunDeliveryOptions {
  /** How it names itself in dead letters. */
  readonly ident: string
  /** Where the log lines go. (Default: nowhere) */
  readonly logger?: Logger
}

/** What became of a delivery. */
export interface DeliveryResult {
  readonly outcome: Outcome
  /** There once the payload could be read. */
  readonly task: Task | undefined
  /** Why it is dead, unknown, taken away or about to run again. */
  readonly error: unknown
}

/**
 * Runs one delivery and settles it, without a worker: its lease is renewed while it runs, and it is retried, buried or
 * acknowledged as a worker would.
 *
 * @throws what the store throws, once it has been away for as long as a lease.
 *
 * @example
 * ```ts
 * const [delivery] = await gator.backend.reserve(['all'], { lease: gator.lease })
 * if (delivery) {
 *   const { outcome } = await runDelivery(gator, delivery, { ident: 'my function' })
 *   console.log(outcome)
 * }
 * ```
 */
export async function runDelivery(
  engine: Engine,
  delivery: Delivery,
  { ident, logger = silentLogger() }: RunDeliveryOptions,
): Promise<DeliveryResult> {
  const keeper = new LeaseKeeper(engine.backend, engine.clock, engine.lease)
  const events = new EventStream(() => logger)
  const execution = new Execution(delivery, { engine, keeper, ident: () => ident, events })
  try {
    const outcome = await execution.run()
    return { outcome, task: execution.task, error: execution.error }
  } finally {
    keeper.stop()
  }
}
