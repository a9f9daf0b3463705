import { type OptionNames, checkNames } from '../base/option-names.js'
import { checkTaskOptions } from '../task/option-checks.js'
import type { TaskOptions } from '../task/task.js'

/** Options that all tasks of an app may have in common. */
export type TaskDefaults = Pick<
  TaskOptions,
  'retries' | 'backoff' | 'timeout' | 'priority' | 'headers' | 'isAsync' | 'onStart' | 'onSuccess' | 'onError'
>

/** Their names. */
const TASK_DEFAULTS: OptionNames<TaskDefaults> = {
  retries: true,
  backoff: true,
  timeout: true,
  priority: true,
  headers: true,
  isAsync: true,
  onStart: true,
  onSuccess: true,
  onError: true,
}

/** Gives them back. @throws InvalidOptionError: not only once a task is made with them. */
export function checkDefaults(defaults: TaskDefaults): TaskDefaults {
  checkNames('defaults', defaults, TASK_DEFAULTS)
  checkTaskOptions(defaults)
  return defaults
}

/** Options, with what they leave out or give as `undefined`. */
export function withDefaults(defaults: TaskDefaults | undefined, options: TaskOptions): TaskOptions {
  if (!defaults) return options
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  return { ...defaults, ...(Object.fromEntries(given) as TaskOptions) }
}
