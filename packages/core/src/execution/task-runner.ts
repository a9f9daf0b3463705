import type { Delivery } from '../backend/contract.js'
import type { Task } from '../task/task.js'

/** Makes the attempts of a worker's tasks elsewhere than in the worker's own thread. */
export interface TaskRunner {
  /**
   * Makes one attempt of a task that was read from a delivery, as `task.run()` does: hooks included, heeding `task.signal`. Leaves
   * `status`, `result` and `retries` on the task, gives the result, and throws what failed the attempt.
   */
  run(task: Task, delivery: Delivery): Promise<unknown>
}
