import { performance } from '../base/timers.js'
import { type Awaitable, attempt, chain, isReady } from '../base/awaitable.js'
import type { Finished } from '../backend/facets.js'
import { insistAfter } from '../backend/kit/insist.js'
import { need } from '../backend/need.js'
import type { Payload } from '../base/payload.js'
import { isCertain } from '../errors/base.js'
import { hasCode } from '../errors/index.js'
import type { Outcome, WorkerEvent } from '../events/events.js'
import type { Task } from '../task/task.js'
import { deathReason } from './death-reason.js'
import type { Verdict } from './decide.js'
import type { Host, Subject } from './host.js'
import { keepEnd } from './keep-result.js'
import { lossError } from './loss-error.js'

type Unsuccessful = Exclude<Verdict, { readonly type: 'success' }>

/** A change in the store, which says whether the delivery was still held. It may be repeated. */
type Step = (subject: Subject, host: Host) => Awaitable<boolean>

/** A task that ran to its end. One function for all: what each task takes should not be made anew. */
const acknowledge: Step = ({ delivery }, { engine }) => chain(engine.backend.ack([delivery]), isEmpty)

/** The same, keeping its result. */
function acknowledgeKeeping(kept: Omit<Finished, 'delivery'>): Step {
  return ({ delivery }, { engine }) =>
    chain(need(engine.backend, 'results', 'keepResult').ack([{ delivery, ...kept }]), isEmpty)
}

/** Not put together for each task: a string that was made is slow to look up. */
const EVENTS = {
  success: 'task:success',
  retry: 'task:retry',
  snoozed: 'task:snoozed',
  dead: 'task:dead',
  unknown: 'task:unknown',
  blocked: 'task:blocked',
  released: 'task:released',
  canceled: 'task:canceled',
  lost: 'task:lost',
} as const satisfies Record<Outcome, string>

/**
 * Carries out a verdict: one step in the store, then the news of it. Gives what became of the delivery, which is another thing
 * than the verdict where it was not held any more; at once, if the store did it at once.
 *
 * @throws what the store throws, once it has been away for as long as a lease.
 */
export function settle(verdict: Verdict, subject: Subject, host: Host): Awaitable<Outcome> {
  if ('error' in verdict) subject.error = verdict.error
  const { task } = subject
  if (verdict.type === 'success') {
    const { kept } = verdict
    return carryOut(verdict, kept ? acknowledgeKeeping(kept) : acknowledge, subject, host)
  }
  if (verdict.type === 'retry' && task) return retry(verdict, task, subject, host)
  return carryOut(verdict, stepOf(verdict, subject, host), subject, host)
}

function retry(verdict: Unsuccessful, task: Task, subject: Subject, host: Host): Awaitable<Outcome> {
  return chain(
    attempt(() => chargeRetry(task, subject, host)),
    (data) => carryOut(verdict, stepOf(verdict, subject, host, data), subject, host),
    // A hook may have put something on the task that cannot be written. Left unsettled it would run again and again.
    (error) => settle({ type: 'dead', error }, subject, host),
  )
}

/** What the store is to do for a verdict. */
function stepOf(verdict: Unsuccessful, { delivery, task }: Subject, host: Host, data?: Payload): Step {
  const { backend, clock } = host.engine
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
      if (task?.keepResult === undefined || !backend.results?.keepEnd)
        return () => backend.bury(delivery, reason)
      return async () => {
        const isHeld = await backend.bury(delivery, reason)
        if (isHeld) await keepEnd(task, delivery, host.engine, reason)
        return isHeld
      }
    }
    case 'canceled':
    case 'lost':
      return () => true
  }
}

/** Charges an attempt, and gives what goes back on the queue. */
async function chargeRetry(task: Task, { delivery, args }: Subject, { engine }: Host): Promise<Payload> {
  task.retries -= 1
  task.attempt += 1
  task.toRetrying()
  const { queue, data } = delivery
  // The function may have worked off its arguments, and its next attempt needs them as they were. Those that a hook has put in their
  // place are meant.
  if (task.funcArgs === args) task.funcArgs = (await engine.peek(data, queue)).funcArgs
  else task.outputs = []
  return engine.seal(await task.serialize(), queue, data)
}

function carryOut(verdict: Verdict, step: Step, subject: Subject, host: Host): Awaitable<Outcome> {
  const { seconds } = subject
  let held: Awaitable<boolean>
  try {
    held = step(subject, host)
  } catch (error) {
    held = Promise.reject(error)
  }
  subject.end(seconds)
  return isReady(held)
    ? conclude(verdict, held, seconds, subject, host)
    : concludeLater(verdict, held, step, seconds, subject, host)
}

function concludeLater(
  verdict: Verdict,
  held: PromiseLike<boolean>,
  step: Step,
  seconds: number | undefined,
  subject: Subject,
  host: Host,
): Awaitable<Outcome> {
  return held.then(
    (isHeld) => conclude(verdict, isHeld, seconds, subject, host),
    (error: unknown) =>
      insist(step, error, subject, host).then(
        (isHeld) => conclude(verdict, isHeld, seconds, subject, host),
        (final: unknown) => buryTooLarge(verdict, final, subject, host),
      ),
  )
}

/**
 * What goes back can be larger than what came, and than its store takes. Left unsettled it would run again and again.
 *
 * @throws any other error.
 */
async function buryTooLarge(
  { type }: Verdict,
  error: unknown,
  subject: Subject,
  host: Host,
): Promise<Outcome> {
  if (type === 'success' || !hasCode(error, 'PAYLOAD_TOO_LARGE')) throw error
  const dead = { type: 'dead', error } as const
  subject.error = error
  const bury = stepOf(dead, subject, host)
  return conclude(dead, await bury(subject, host), subject.seconds, subject, host)
}

function conclude(
  verdict: Verdict,
  isHeld: boolean,
  seconds: number | undefined,
  subject: Subject,
  host: Host,
): Awaitable<Outcome> {
  // A transaction of its function may have taken it off the queue.
  const isDone = isHeld || (subject.isCompleted && verdict.type === 'success')
  if (isDone) return tell(verdict, seconds, subject, host)
  return concludeLost(verdict, seconds, subject, host)
}

/** It was not held any more when its verdict came. */
async function concludeLost(
  verdict: Verdict,
  seconds: number | undefined,
  subject: Subject,
  host: Host,
): Promise<Outcome> {
  const loss = subject.loss ?? (await host.keeper.lossOf(subject.delivery))
  const error = lossError(loss, subject.delivery.taskId)
  return tell({ ...verdict, type: loss === 'canceled' ? 'canceled' : 'lost', error }, seconds, subject, host)
}

function tell(
  verdict: Verdict,
  seconds: number | undefined,
  { delivery, task }: Subject,
  host: Host,
): Outcome {
  const { engine, events, keeper } = host
  keeper.drop(delivery)
  const outcome = verdict.type
  host.settled?.(delivery, outcome, seconds)
  if (outcome === 'canceled') task?.toCanceled()
  if (outcome === 'dead' && task?.keepResult !== undefined)
    engine.backend.results?.tellOfEnd(delivery.queue, delivery.firstId ?? delivery.taskId)
  if (verdict.type === 'success' && verdict.refused && task)
    events.emit({ type: 'task:unkept', delivery, task, error: verdict.refused })
  const type = EVENTS[outcome]
  // Each type shows its own part of these.
  if (events.wants(type)) events.emit({ ...verdict, type, delivery, task, seconds } as WorkerEvent)
  return outcome
}

/**
 * Repeats a step while the store is away, or answers what cannot be understood, for as long as the lease can last: what ran should
 * not run again.
 */
async function insist(step: Step, failure: unknown, subject: Subject, host: Host): Promise<boolean> {
  const { engine, keeper } = host
  const end = performance.now() + keeper.lease * 1000
  try {
    return await insistAfter(failure, () => step(subject, host), {
      end,
      shortest: 0.05,
      longest: 1,
      isPassing: (error) => !isCertain(error),
      clock: engine.clock,
    })
  } catch (error) {
    keeper.drop(subject.delivery)
    throw error
  }
}

function isEmpty(deliveries: readonly unknown[]): boolean {
  return deliveries.length === 0
}
