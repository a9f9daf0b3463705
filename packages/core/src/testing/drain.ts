import type { Delivery } from '../backend/contract.js'
import { TaskFailed, isError } from '../errors/index.js'
import type { Gator } from '../gator/gator.js'
import { type DeliveryResult, runDelivery } from '../execution/run-delivery.js'
import type { Task } from '../task/task.js'

/** What {@link drain} does. */
export interface DrainOptions {
  /** Rejects when a task failed for good, or could not run. (Default: true) */
  readonly throws?: boolean
  /** The most attempts that it makes: tasks that go on making tasks would keep it for ever. (Default: 10,000) */
  readonly limit?: number
}

/**
 * Runs everything that is due on a gator's queue, one task after the other, tasks that these make and retries that are due
 * at once included. What is delayed stays: move the clock, and drain again.
 *
 * @returns the tasks as each attempt left them: `SUCCESS`, `RETRYING` or `FAILED`; `DELAYED` where it waits for others.
 * @throws what was thrown by the task that failed for good, as the `cause` of TaskFailed, once everything due has run (an
 *   AggregateError when there were several); Error when `limit` attempts did not empty the queue.
 *
 * @example
 * ```ts
 * const gator = testGator()
 * await gator.task(sendPostEmail, 1, 2)
 * const [task] = await drain(gator)
 * assert.equal(task.status, SUCCESS)
 * ```
 */
export async function drain(
  gator: Gator,
  { throws = true, limit = 10_000 }: DrainOptions = {},
): Promise<Task[]> {
  const tasks: Task[] = []
  const failures: Error[] = []
  for (let tries = 0; tries < limit; tries += 1) {
    const execution = await runNext(gator)
    if (!execution) return conclude(tasks, throws ? failures : [])
    const { task, failure } = execution
    if (task) tasks.push(task)
    if (failure) failures.push(failure)
  }
  throw new Error(
    `After ${limit} attempts there is still something due on queue "${gator.queueName}". ` +
      'Do its tasks make tasks without end? Else raise the limit.',
  )
}

function conclude(tasks: Task[], failures: readonly Error[]): Task[] {
  const [first] = failures
  if (failures.length > 1)
    throw new AggregateError(failures, failures.map(({ message }) => message).join('\n'))
  if (first) throw first
  return tasks
}

interface Ended {
  readonly task: Task | undefined
  readonly failure: Error | undefined
}

async function runNext(gator: Gator): Promise<Ended | undefined> {
  const { backend, lease, queueName } = gator
  const [delivery] = await backend.reserve([queueName], { lease })
  if (!delivery) return undefined
  const result = await runDelivery(gator, delivery, { ident: 'Alligator test' })
  const isFailure = result.outcome === 'dead' || result.outcome === 'unknown'
  return { task: result.task, failure: isFailure ? failureOf(delivery, result) : undefined }
}

function failureOf(delivery: Delivery, { task, error }: DeliveryResult): Error {
  if (task) return new TaskFailed(task.taskId, task.func?.name ?? 'task', task.attempt, error)
  if (isError(error)) return error
  return new Error(`Task ${delivery.taskId} could not be read.`, { cause: error })
}
