import { checkArguments } from '../arguments/arguments.js'
import type { Task } from '../task/task.js'

/**
 * What gives the arguments of a task in hand as they are now, whatever its function does to them. Those that JSON would change, as a
 * task in this process may have them, are passed as they are.
 */
export function sparedArguments(task: Task): () => readonly unknown[] {
  const given = task.funcArgs
  if (!task.isAsync && task.retries === 0 && !task.onError) return () => given
  try {
    checkArguments(given)
  } catch {
    return () => given
  }
  const text = JSON.stringify(given)
  let last = given
  // Those that a hook has put in their place are meant.
  return () => (last = task.funcArgs === last ? (JSON.parse(text) as readonly unknown[]) : task.funcArgs)
}
