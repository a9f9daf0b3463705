import { running } from './running.js'
import type { Task } from './task.js'

/**
 * The task that is running, inside a task function and in all that it calls; `undefined` elsewhere. Its `signal` aborts
 * when the task's `timeout` is over, when it is canceled, and when the worker must give it up.
 *
 * @example
 * ```ts
 * export async function fetchFeed(url: string) {
 *   const response = await fetch(url, { signal: currentTask()?.signal })
 *   return response.text()
 * }
 * ```
 */
export function currentTask(): Task | undefined {
  return running.getStore() as Task | undefined
}
