import type { Delivery } from '../backend/contract.js'
import { UNHEARD } from '../events/event-stream.js'
import type { Outcome } from '../events/events.js'
import { Execution } from './execution.js'
import type { Engine } from './engine.js'
import { LeaseKeeper } from './lease-keeper.js'

/** Runs one delivery and settles it, without a worker. `ident` is who runs it, for dead letters. */
export async function runDelivery(
  gator: Engine,
  delivery: Delivery,
  ident: () => string,
): Promise<{ readonly execution: Execution; readonly outcome: Outcome }> {
  const keeper = new LeaseKeeper(gator.backend, gator.clock, gator.lease)
  const ended = () => undefined
  const execution = new Execution(delivery, { gator, keeper, ident, events: UNHEARD, ended })
  try {
    return { execution, outcome: await execution.run() }
  } finally {
    keeper.stop()
  }
}
