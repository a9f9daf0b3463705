import { type Awaitable, attempt, chain, isReady } from '../base/awaitable.js'
import { insistAfter } from '../backend/kit/insist.js'
import type { Payload } from '../base/payload.js'
import { isPassing } from '../errors/index.js'
import type { Outcome, WorkerEvent } from '../events/events.js'
import type { Task } from '../task/task.js'
import { deathReason } from './death-reason.js'
import type { Verdict } from './decide.js'
import type { Host, Subject } from './host.js'

/** A change in the store, which says whether the delivery was still held. It may be repeated. */
type Step = () => Awaitable<boolean>

/**
 * Carries out a verdict: one step in the store, then the news of it. Gives what became of the delivery, which is another thing
 * than the verdict where it was not held any more; at once, if the store did it at once.
 *
 * @throws what the store throws, once it has been away for as long as a lease.
 */
export function settle(verdict: Verdict, subject: Subject, host: Host): Awaitable<Outcome> {
  if ('error' in verdict) subject.error = verdict.error
  const { task } = subject
  if (verdict.type !== 'retry' || !task)
    return carryOut(verdict, stepOf(verdict, subject, host), subject, host)
  return chain(
    attempt(() => chargeRetry(task, subject, host)),
    (data) => carryOut(verdict, stepOf(verdict, subject, host, data), subject, host),
    // A hook may have put something on the task that cannot be written. Left unsettled it would run again and again.
    (error) => settle({ type: 'dead', error }, subject, host),
  )
}

/** What the store is to do for a verdict. */
function stepOf(
  verdict: Verdict,
  { delivery, task, isCompleted }: Subject,
  host: Host,
  data?: Payload,
): Step {
  const { backend, clock } = host.engine
  if (verdict.type === 'success')
    return () => chain(backend.ack([delivery]), (lost) => isCompleted || isEmpty(lost))
  const release = (pause: number, changed = data): Step => {
    const delayUntil = pause > 0 ? clock.now() + pause : undefined
    const changes = changed === undefined ? { delayUntil } : { delayUntil, data: changed }
    return () => backend.release(delivery, changes)
  }
  switch (verdict.type) {
    case 'retry':
    case 'snoozed':
      return release(verdict.pause)
    case 'unknown':
      return release(verdict.pause, verdict.data)
    case 'blocked':
      task?.toDelayed()
      return release(verdict.pause)
    case 'released': {
      const { deliveries } = verdict
      return () => backend.release(delivery, { deliveries })
    }
    case 'dead': {
      task?.toFailed()
      const reason = deathReason(verdict.error, clock.now(), host.ident(), task?.attempt ?? 0)
      return () => backend.bury(delivery, reason)
    }
    case 'canceled':
    case 'lost':
      return () => true
  }
}

/** Charges a try, and gives what goes back on the queue. */
function chargeRetry(task: Task, { delivery }: Subject, { engine }: Host): Awaitable<Payload> {
  task.retries -= 1
  task.attempt += 1
  task.toRetrying()
  const { queue, data } = delivery
  return chain(task.serialize(), (serialized) => engine.seal(serialized, queue, data))
}

function carryOut(verdict: Verdict, step: Step, subject: Subject, host: Host): Awaitable<Outcome> {
  const { seconds } = subject
  const held = attempt(step)
  host.ended?.(subject.delivery, seconds)
  // Without `chain`, as in `Execution`: this is on the way of every task.
  if (isReady(held)) return conclude(verdict, held, seconds, subject, host)
  return held.then(
    (isHeld) => conclude(verdict, isHeld, seconds, subject, host),
    (error: unknown) =>
      insist(step, error, subject, host).then((isHeld) => conclude(verdict, isHeld, seconds, subject, host)),
  )
}

function conclude(
  verdict: Verdict,
  isHeld: boolean,
  seconds: number | undefined,
  { delivery, task, loss }: Subject,
  { events, keeper }: Host,
): Outcome {
  const outcome = isHeld ? verdict.type : (loss ?? keeper.lossOf(delivery))
  keeper.drop(delivery)
  if (outcome === 'canceled') task?.toCanceled()
  const type = `task:${outcome}` as const
  // Each type shows its own part of these.
  if (events.wants(type)) events.emit({ ...verdict, type, delivery, task, seconds } as WorkerEvent)
  return outcome
}

/** Repeats a step while the store is away, for as long as the lease can last: what ran should not run again. */
async function insist(step: Step, failure: unknown, { delivery }: Subject, host: Host): Promise<boolean> {
  const { engine, keeper } = host
  const end = performance.now() + keeper.lease * 1000
  try {
    return await insistAfter(failure, step, {
      end,
      shortest: 0.05,
      longest: 1,
      isPassing,
      clock: engine.clock,
    })
  } catch (error) {
    keeper.drop(delivery)
    throw error
  }
}

function isEmpty(deliveries: readonly unknown[]): boolean {
  return deliveries.length === 0
}
