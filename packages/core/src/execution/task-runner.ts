import type { Delivery } from '../backend/contract.js'
import type { Task } from '../task/task.js'

/** Makes the tries of a worker's tasks elsewhere than in the worker's own thread. */
export interface TaskRunner {
  /**
   * Makes one try of a task that was read from a delivery, as `task.run()` does: hooks included, heeding `task.signal`. Leaves
   * `status`, `result` and `retries` on the task, gives the result, and throws what failed the try.
   */
  run(task: Task, delivery: Delivery): Promise<unknown>
}
