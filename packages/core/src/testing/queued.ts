import { AssertionError } from 'node:assert'
import { inspect, isDeepStrictEqual } from 'node:util'
import { givenArguments } from '../arguments/arguments.js'
import type { StoredState } from '../backend/contract.js'
import { need } from '../backend/need.js'
import type { AnyFunction } from '../function-ref/index.js'
import type { Gator } from '../gator/gator.js'
import type { Task } from '../task/task.js'

/** How much of a value stands in a message. */
const BRIEF = { depth: 4, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 80 }

/**
 * The tasks that wait on a gator's queue, oldest first: those that are due, then those that are delayed, of which
 * `delayUntil` says until when.
 *
 * @throws NotSupportedError when the store cannot list them; UnknownCallableError and its kin for a function that is gone.
 *
 * @example
 * ```ts
 * const gator = testGator()
 * await gator.task(sendPostEmail, 1, 2)
 * const [task] = await queued(gator)
 * assert.deepEqual(task.funcArgs, [1, 2])
 * ```
 */
export async function queued(gator: Gator): Promise<Task[]> {
  const waiting = await listed(gator, 'waiting')
  return [...waiting, ...(await listed(gator, 'delayed'))]
}

/**
 * Asserts that a call of `func` is on the queue, with these arguments if any are given, and gives its task.
 *
 * @throws AssertionError, with what is on the queue instead; and what {@link queued} throws.
 *
 * @example
 * ```ts
 * const gator = testGator()
 * await gator.options({ retries: 3 }).task(sendPostEmail, 1, 2)
 * const task = await assertQueued(gator, sendPostEmail, [1, 2])
 * assert.equal(task.retries, 3)
 * ```
 */
export async function assertQueued<A extends unknown[]>(
  gator: Gator,
  func: (...args: A) => unknown,
  args?: NoInfer<A>,
): Promise<Task> {
  const { all, calls, found } = await look(gator, func, args)
  if (found) return found
  throw new AssertionError({
    message: `${describe(func, args)} is not on queue "${gator.queueName}". ${inventory(all)}`,
    actual: calls.length === 1 ? calls[0]?.funcArgs : calls.map(({ funcArgs }) => funcArgs),
    expected: calls.length === 1 ? args : [args],
    operator: 'assertQueued',
    stackStartFn: assertQueued,
  })
}

/**
 * Asserts that no call of `func` is on the queue; with arguments, that none with these is.
 *
 * @throws AssertionError, and what {@link queued} throws.
 *
 * @example
 * ```ts
 * const gator = testGator()
 * await assertNotQueued(gator, sendPostEmail)
 * ```
 */
export async function assertNotQueued<A extends unknown[]>(
  gator: Gator,
  func: (...args: A) => unknown,
  args?: NoInfer<A>,
): Promise<void> {
  const { found } = await look(gator, func, args)
  if (!found) return
  throw new AssertionError({
    message: `${describeTask(found)} is on queue "${gator.queueName}".`,
    actual: found.funcArgs,
    operator: 'assertNotQueued',
    stackStartFn: assertNotQueued,
  })
}

/** All that is queued, the calls of one function among it, and the first of these that has the arguments. */
async function look(gator: Gator, func: unknown, args: readonly unknown[] | undefined) {
  const all = await queued(gator)
  const calls = all.filter((task) => isSame(gator, task.func, func as AnyFunction))
  const expected = args && asQueued(args)
  const found = calls.find((task) => expected === undefined || isDeepStrictEqual(task.funcArgs, expected))
  return { all, calls, found }
}

/** A module that a test runner has loaded twice has two functions of one reference. */
export function isSame(
  { context: { refs } }: Gator,
  one: AnyFunction | undefined,
  other: AnyFunction,
): boolean {
  return one === other || (one !== undefined && isDeepStrictEqual(refs.find(one), refs.find(other)))
}

/** Arguments as a worker gets them. */
export function asQueued(args: readonly unknown[]): unknown {
  return JSON.parse(JSON.stringify(givenArguments(args)))
}

async function listed(gator: Gator, state: StoredState): Promise<Task[]> {
  const { backend, queueName } = gator
  const listing = need(backend, 'listing', 'queued')
  const tasks: Task[] = []
  let after: string | undefined
  do {
    const page = await listing.list(queueName, state, { after })
    for (const { taskId, data } of page.tasks) {
      const task = await gator.read(data, queueName)
      // What was written in the place of a former payload has the id of the task that it was pushed for.
      task.taskId = taskId
      tasks.push(task)
    }
    after = page.next
  } while (after !== undefined)
  if (state === 'delayed') for (const task of tasks) task.toDelayed()
  return tasks
}

function inventory(tasks: readonly Task[]): string {
  if (tasks.length === 0) return 'The queue is empty.'
  const some = tasks.slice(0, 20).map((task) => `\n  ${describeTask(task)}`)
  const more = tasks.length > some.length ? `\n  and ${tasks.length - some.length} more` : ''
  return `There are:${some.join('')}${more}`
}

function describeTask({ func, funcArgs, delayUntil }: Task): string {
  const delay = delayUntil === undefined ? '' : `, not before ${new Date(delayUntil * 1000).toISOString()}`
  return describe(func, funcArgs) + delay
}

export function describe(func: { readonly name: string } | undefined, args?: readonly unknown[]): string {
  const list = args?.map((arg) => inspect(arg, BRIEF)).join(', ')
  return `${func?.name ?? 'A task'}(${list ?? ''})`
}
