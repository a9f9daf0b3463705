import { NotInTransactionError } from '../errors/index.js'
import type { Task } from '../task/task.js'
import type { EnqueueNext, EnqueueStep } from './middleware.js'

/**
 * Puts tasks on a queue through middleware. Gives what was put there under the ids of these tasks: themselves, or what
 * middleware put in their places; and where there is nothing, the task itself, `CANCELED`.
 *
 * `put` joins a transaction of the app only within this call, so while one is open (`inTransaction`) it is refused from then on.
 */
export async function enqueueThrough<T extends Task>(
  step: EnqueueStep,
  tasks: readonly T[],
  put: EnqueueNext,
  inTransaction: boolean,
): Promise<T[]> {
  // The store may give ids of its own.
  const ids = tasks.map(({ taskId }) => taskId)
  const placed = new Map<string, Task>()
  let isLate = false
  const going = step(tasks, async (passed) => {
    const [first] = passed
    if (isLate && first) throw new NotInTransactionError(`Task ${first.taskId}`, AWAITS, CALL_FIRST)
    const entries = passed.map((task): [string, Task] => [task.taskId, task])
    const done = await put(passed)
    for (const [id, task] of entries) placed.set(id, task)
    return done
  })
  isLate = inTransaction
  await going
  const themselves = new Set(placed.values())
  return tasks.map((task, index) =>
    themselves.has(task) ? task : ((placed.get(ids[index] ?? '') as T | undefined) ?? canceled(task)),
  )
}

function canceled<T extends Task>(task: T): T {
  task.toCanceled()
  return task
}

const AWAITS = 'a middleware awaited something before it called next'
const CALL_FIRST = 'Let its enqueue call next first'
