import { relative, resolve } from 'node:path'
import {
  type AnyFunction,
  type Gator,
  type Listing,
  type StoredState,
  type StoredTask,
  type Task,
  messageOf,
} from '@alligator/core'
import { pagesOf, viewTask } from '@alligator/core/inspect'
import { isModulePath } from './app-modules.js'

/** Something that would not run here. */
export interface Problem {
  /** `module#callable`, or the module; null for payloads that cannot be read. */
  readonly name: string | null
  readonly message: string
  /** How many tasks on queues it stops; 0 for an export that is on none. */
  readonly tasks: number
  /** The id of one of them, and its queue. */
  readonly taskId?: string
  readonly queue?: string
}

/** A queue that somebody floods with made-up names must not fill the memory. */
const MOST_PROBLEMS = 1000
const PAGE = 500
/** What is still to run. */
const QUEUED: readonly StoredState[] = ['running', 'waiting', 'delayed']

/** Resolves what a worker would have to, and remembers what does not resolve. */
export class Checks {
  readonly #gator: Gator
  readonly #problems = new Map<string, Problem>()
  /** References and tasks that were looked at. */
  checked = 0
  /** Problems beyond those that are remembered. */
  more = 0
  /** The ids of the modules whose functions would run. */
  readonly modules: Set<string> = new Set()

  constructor(gator: Gator) {
    this.#gator = gator
  }

  get problems(): Problem[] {
    return [...this.#problems.values()]
  }

  /** Every function that a module exports must be one that can be enqueued. Given as an id, or as the path of a file. */
  async module(word: string): Promise<void> {
    const { refs } = this.#gator.context
    const id = isModulePath(word) ? idOf(word, refs.root) : word
    let exports: Record<string, unknown>
    try {
      exports = await refs.import(id)
    } catch (error) {
      return this.#note({ name: id, message: messageOf(error), tasks: 0 })
    }
    for (const [name, value] of Object.entries(exports)) {
      if (!isTaskFunction(value)) continue
      this.checked += 1
      try {
        this.modules.add(refs.find(value).module)
      } catch (error) {
        this.#note({ name: `${id}#${name}`, message: messageOf(error), tasks: 0 })
      }
    }
  }

  /** Every task that is still to run must be readable here, its function and hooks found. */
  async queue(listing: Listing, queue: string, progress: () => void): Promise<void> {
    for (const state of QUEUED) {
      for await (const tasks of pagesOf(listing, { queue, state }, PAGE)) {
        for (const stored of tasks) await this.#task(queue, stored)
        progress()
      }
    }
  }

  async #task(queue: string, stored: StoredTask): Promise<void> {
    this.checked += 1
    try {
      this.#noteModules(await this.#gator.read(stored.data, queue))
    } catch (error) {
      const { name } = await viewTask(this.#gator, queue, stored)
      this.#note({ name, message: messageOf(error), tasks: 1, taskId: stored.taskId, queue })
    }
  }

  /** A retry of the task names its function and hooks once more. */
  #noteModules({ func, onStart, onSuccess, onError }: Task): void {
    for (const fn of [func, onStart, onSuccess, onError])
      if (fn) this.modules.add(this.#gator.context.refs.findAgain(fn as AnyFunction).module)
  }

  #note(problem: Problem): void {
    const key = `${problem.name}\0${problem.message}`
    const known = this.#problems.get(key)
    if (known) this.#problems.set(key, { ...known, tasks: known.tasks + problem.tasks })
    else if (this.#problems.size < MOST_PROBLEMS) this.#problems.set(key, problem)
    else this.more += 1
  }
}

/** The id of a file: its path from the root, without extension. */
function idOf(path: string, root: string): string {
  return relative(root, resolve(path))
    .replaceAll('\\', '/')
    .replace(/\.[cm]?[jt]sx?$/, '')
}

/** A class is no task, though it is a function. */
function isTaskFunction(value: unknown): value is AnyFunction {
  return typeof value === 'function' && !/^class\b/.test(Function.prototype.toString.call(value))
}
