import type { RunStep } from '../task/task.js'
import { isEnqueueTraced, isRunTraced, traceEnqueue, traceRun } from './diagnostics.js'
import { type EnqueueStep, type Middleware, checkMiddleware } from './middleware.js'

/**
 * All of a gator's middleware as one step around enqueueing and one around running, put together when one is added: the
 * first is the outermost. Outside of it are the diagnostics channels, while somebody subscribes to them. With neither there
 * is no step at all.
 */
export class Chain {
  #enqueue: EnqueueStep | undefined
  #run: RunStep | undefined
  #tracedEnqueue = traceEnqueue
  #tracedRun = traceRun

  /** @throws InvalidOptionError when it is no middleware. */
  add(middleware: Middleware): void {
    checkMiddleware(middleware)
    const enqueue = middleware.enqueue?.bind(middleware)
    if (enqueue) {
      this.#enqueue = this.#enqueue ? nestEnqueue(this.#enqueue, enqueue) : enqueue
      this.#tracedEnqueue = nestEnqueue(traceEnqueue, this.#enqueue)
    }
    const run = middleware.run?.bind(middleware)
    if (run) {
      this.#run = this.#run ? nestRun(this.#run, run) : run
      this.#tracedRun = nestRun(traceRun, this.#run)
    }
  }

  get enqueue(): EnqueueStep | undefined {
    return isEnqueueTraced() ? this.#tracedEnqueue : this.#enqueue
  }

  get run(): RunStep | undefined {
    return isRunTraced() ? this.#tracedRun : this.#run
  }
}

function nestEnqueue(outer: EnqueueStep, inner: EnqueueStep): EnqueueStep {
  return (tasks, next) => outer(tasks, async (passed) => (passed.length > 0 ? inner(passed, next) : passed))
}

function nestRun(outer: RunStep, inner: RunStep): RunStep {
  return (task, next) => outer(task, async () => inner(task, next))
}
