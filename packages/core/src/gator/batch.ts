import { cancelTask } from '../backend/cancel-task.js'
import type { Client } from '../backend/client.js'
import type { BatchEnd, PushItem } from '../backend/contract.js'
import { need } from '../backend/need.js'
import type { JsonArguments } from '../arguments/json-arguments.js'
import { newTaskId } from '../base/ids.js'
import { checkNames } from '../base/option-names.js'
import { InvalidOptionError } from '../errors/index.js'
import type { BatchCallbacks, TaskBatch } from '../task/task.js'
import type { Task, TaskClass, TaskOptions } from '../task/task.js'
import { withDefaults } from './defaults.js'
import { type Enqueuer, Options, batchNotInTransaction } from './options.js'

/** What makes batches: a gator. */
export interface BatchHost extends Enqueuer {
  readonly backend: Client
  readonly queueName: string
  readonly taskClass: TaskClass
  enqueueBy(
    put: (items: readonly PushItem[]) => Promise<unknown>,
    tasks: readonly Task[],
    queue: string,
  ): Promise<unknown>
}

/** Where a batch is made. */
export interface BatchPlace {
  readonly host: BatchHost
  readonly queue: string
  /** The id of the batch that it is a member of. */
  readonly parent?: string | undefined
}

/** Callbacks whose types were checked where they were given. */
type AnyCallbacks = Readonly<Partial<Record<keyof typeof ENDS, unknown>>> & {
  readonly options?: TaskOptions | undefined
}

const OPERATION = 'gator.batch'
const ENDS = { onSuccess: 'success', onFailure: 'failure', onDone: 'done' } as const
/** Options that a callback cannot have. */
const NOT_OF_CALLBACKS = ['taskId', 'dependsOn', 'unique', 'debounce', 'throttle'] as const

/** Tasks with a common end: callbacks run when all of them have ended. It is what `gator.batch` gives. */
export class Batch implements TaskBatch {
  readonly id: string
  readonly queue: string
  readonly #host: BatchHost

  constructor(host: BatchHost, queue: string, id: string) {
    this.#host = host
    this.queue = queue
    this.id = id
  }

  task<P extends readonly unknown[], R, G extends readonly unknown[] = P>(
    func: (this: void, ...args: P) => R,
    ...args: JsonArguments<P, G>
  ): Promise<Task<Awaited<R>>> {
    return this.options().task<P, R, G>(func, ...args)
  }

  taskMany<P extends readonly unknown[], R, G extends readonly unknown[] = P>(
    func: (this: void, ...args: P) => R,
    argLists: readonly JsonArguments<P, G>[],
  ): Promise<Task<Awaited<R>>[]> {
    return this.options().taskMany<P, R, G>(func, argLists)
  }

  /** Options for the members that are made through what this gives. */
  options(taskOptions?: TaskOptions): Options {
    return new Options(this.#host, taskOptions, this)
  }

  batch<S extends readonly unknown[], F extends readonly unknown[], D extends readonly unknown[]>(
    callbacks: BatchCallbacks<S, F, D>,
    fill: (batch: Batch) => unknown,
  ): Promise<Batch> {
    return makeBatch({ host: this.#host, queue: this.queue, parent: this.id }, callbacks, fill)
  }

  /**
   * Takes its members off the queue, those that wait and those that run, and those of the batches within it. It takes no more, and
   * ends without success: `onFailure` and `onDone` run. Gives how many tasks were canceled.
   *
   * @throws NotSupportedError
   */
  async cancel(): Promise<number> {
    const { backend } = this.#host
    const batches = need(backend, 'batches', 'gator.cancelBatch')
    await batches.close(this.queue, this.id, 'canceled')
    let canceled = 0
    for (;;) {
      const { taskIds, batchIds } = await batches.members(this.queue, this.id)
      if (taskIds.length === 0 && batchIds.length === 0) return canceled
      for (const id of batchIds) canceled += await new Batch(this.#host, this.queue, id).cancel()
      const taken = taskIds.map((id) => cancelTask(backend, this.queue, id, 'gator.cancelBatch'))
      canceled += (await Promise.all(taken)).filter((one) => one !== undefined).length
    }
  }
}

/**
 * Makes a batch, and fills it. What `fill` throws cancels it, and is thrown on.
 *
 * @throws NotInTransactionError
 */
export function makeBatch(
  place: BatchPlace,
  callbacks: AnyCallbacks,
  fill: (batch: Batch) => unknown,
): Promise<Batch> {
  // Not async: a transaction that ends as its function returns is rolled back by what is thrown before that.
  if (place.host.backend.inTransaction) throw batchNotInTransaction('The batch')
  return makeAndFill(place, callbacks, fill)
}

async function makeAndFill(
  place: BatchPlace,
  callbacks: AnyCallbacks,
  fill: (batch: Batch) => unknown,
): Promise<Batch> {
  const { host, queue } = place
  checkNames(OPERATION, callbacks, { ...ENDS, options: true })
  if (typeof fill !== 'function')
    throw new InvalidOptionError(
      'fill',
      fill,
      'Pass a function that adds members: (b) => b.taskMany(fn, lists).',
    )
  const batch = new Batch(host, queue, newTaskId())
  const made = makeCallbacks(place, batch.id, callbacks)
  if ([...made.values()].some(({ isAsync }) => !isAsync)) return runInline(place, batch, made, fill)
  const batches = need(host.backend, 'batches', OPERATION)
  await open(place, batch.id, made)
  try {
    await fill(batch)
  } catch (error) {
    await batch.cancel()
    throw error
  }
  await batches.close(queue, batch.id, 'full')
  return batch
}

/** Parks the callbacks, in the step that makes the batch. */
async function open(
  { host, queue, parent }: BatchPlace,
  batchId: string,
  made: ReadonlyMap<BatchEnd, Task>,
): Promise<void> {
  const batches = need(host.backend, 'batches', OPERATION)
  const put = async (items: readonly PushItem[]) => {
    const byId = new Map(items.map((item) => [item.taskId, item]))
    const callbacks: Partial<Record<BatchEnd, PushItem>> = {}
    for (const [end, { taskId }] of made) {
      const item = byId.get(taskId)
      if (item) callbacks[end] = item
    }
    await batches.open(queue, { batchId, callbacks, parent })
  }
  const tasks = [...made.values()]
  if (tasks.length === 0) await put([])
  else await host.enqueueBy(put, tasks, queue)
}

function makeCallbacks({ host }: BatchPlace, batchId: string, callbacks: AnyCallbacks): Map<BatchEnd, Task> {
  const { options = {} } = callbacks
  for (const option of NOT_OF_CALLBACKS)
    if (options[option] !== undefined)
      throw new InvalidOptionError(option, options[option], 'The callbacks of a batch cannot have it.')
  const made = new Map<BatchEnd, Task>()
  for (const [name, end] of Object.entries(ENDS) as [keyof typeof ENDS, BatchEnd][]) {
    const call = callbacks[name]
    if (call === undefined) continue
    const [func, ...args] = checkCall(name, call)
    const task = new host.taskClass({ ...withDefaults(host.defaults, options), taskId: `${batchId}:${end}` })
    made.set(end, task.toCall(func as (...args: unknown[]) => unknown, ...args))
  }
  return made
}

function checkCall(name: string, call: unknown): readonly [func: () => unknown, ...args: unknown[]] {
  if (Array.isArray(call) && typeof call[0] === 'function') return call as unknown as [() => unknown]
  throw new InvalidOptionError(name, call, `Pass a function and its arguments: ${name}: [fn, ...args].`)
}

/** Without a queue the members have ended when `fill` has. */
async function runInline(
  { host }: BatchPlace,
  batch: Batch,
  made: ReadonlyMap<BatchEnd, Task>,
  fill: (batch: Batch) => unknown,
): Promise<Batch> {
  const run = async (end: BatchEnd) => {
    const tasks = [made.get(end), made.get('done')].filter((task) => task !== undefined)
    await host.pushMany(tasks)
  }
  try {
    await fill(batch)
  } catch (error) {
    await run('failure')
    throw error
  }
  await run('success')
  return batch
}
