import type { Client } from '../backend/client.js'
import { redactDsn, InvalidOptionError } from '../errors/index.js'
import { checkNames } from '../base/option-names.js'
import { GATOR_OPTIONS, type GatorOptions } from './gator-options.js'
import type { Task } from '../task/task.js'

const EXAMPLE = "Pass a DSN such as 'redis://localhost:6379/0', or a client."

/**
 * What a gator is made with. A class that extends it may have more options, which is up to it.
 *
 * @throws InvalidOptionError
 */
export function checkGatorArguments(store: unknown, options: GatorOptions, isPlain: boolean): void {
  checkStore(store)
  if (isPlain) checkNames('new Gator', options, GATOR_OPTIONS)
}

/** It is a DSN or a client. */
function checkStore(store: unknown): void {
  if (typeof store === 'string') return
  if (typeof store === 'function')
    throw new InvalidOptionError('store', store.name, 'That is a class: pass an instance of it.')
  const { pushMany, push } = (store ?? {}) as Partial<Record<keyof Client, unknown>>
  if (typeof pushMany === 'function') return
  if (typeof push === 'function')
    throw new InvalidOptionError('store', nameOf(store), 'A backend of your own extends `Client`.')
  if (store === undefined || store === null)
    throw new InvalidOptionError(
      'store',
      store,
      `${EXAMPLE} Is the environment variable set that it comes from?`,
    )
  const wayOut = store instanceof URL ? 'Pass its `href`, which is text.' : EXAMPLE
  throw new InvalidOptionError('store', nameOf(store), wayOut)
}

/** @throws InvalidOptionError for what is no gator. */
export function checkGator(gator: unknown): void {
  const { backend } = (gator ?? {}) as { readonly backend?: unknown }
  if (typeof backend === 'object') return
  const given = typeof gator === 'string' ? redactDsn(gator) : nameOf(gator)
  throw new InvalidOptionError('gator', given, 'A worker takes a gator: new Worker(new Gator(dsn)).')
}

/** Gives a task back. @throws InvalidOptionError for what was not made by a class that extends `Task`. */
export function checkTask<T extends Task>(task: T): T {
  const given: unknown = task
  if (typeof (given as Partial<Task> | null | undefined)?.toCall === 'function') return task
  if (typeof given !== 'function')
    throw new InvalidOptionError(
      'task',
      nameOf(given),
      'Pass one that a class made which is `Task` or extends it.',
    )
  const wayOut = 'To enqueue a function, use gator.task(fn, ...args), or gator.push(new Task(), fn, ...args).'
  throw new InvalidOptionError('task', given.name, wayOut)
}

/** @throws InvalidOptionError */
export function checkTasks(tasks: unknown): void {
  if (!Array.isArray(tasks)) throw new InvalidOptionError('tasks', nameOf(tasks), 'Pass a list of tasks.')
  for (const task of tasks) checkTask(task as Task)
}

/** What it is, and not what it holds, which may be a password. */
function nameOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  return `an object of class ${(value.constructor as { name?: string } | undefined)?.name ?? 'null'}`
}
