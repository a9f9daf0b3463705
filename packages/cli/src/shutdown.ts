import { type Worker, currentTask, endsForAReason, onStopSignal } from '@alligator/core'
import type { ThreadPool } from './isolate/thread-pool.js'
import { ProcessLink } from './process-link.js'

/** Seconds that closing the store may take once the worker has ended: SQS lets a request wait for 20 s. */
const CLOSING = 25
/** Seconds that whatever still runs may take once the store is closed. */
const LINGER = 1

/** A worker, what runs several of them, or another long step, which has no log. */
export type Stoppable = Pick<Worker, 'runForever' | 'stop'> & Partial<Pick<Worker, 'getLog'>>

/**
 * How the process ends, whatever ends it.
 *
 * *Starting*: nothing has been taken from a queue yet, so a signal ends the process at once, with 0. *Running*: the
 * worker itself heeds the first signal (running tasks may end) and the second (they are handed back); a third ends the
 * process at once. An error that nobody caught stops the worker like a first signal, and the process then ends with 1,
 * since it may be in any state; a `process.exit` of the app's own while a worker runs is told, and ends with 1 at least.
 * *Closing*: the store is closed, for which it has `CLOSING`; a signal ends the process at once. *Ended*: the process ends by
 * itself, or is ended after `LINGER`: a task that ignored its signal, or an open handle of the app's modules, must not keep it.
 * To a process of a supervisor, a signal that both have got counts once.
 */
export class Shutdown {
  /** There when this process has a supervisor. */
  readonly link: ProcessLink | undefined = ProcessLink.find()
  #worker: Stoppable | undefined
  #signals = 0
  #stopping = false
  #failed = false
  /** Whether it is this that ends the process. */
  #isOver = false

  constructor() {
    onStopSignal(() => this.#onSignal())
    process.on('exit', () => this.#onExit())
    this.link?.heed((signal, times) => {
      while (this.#signals < times) process.emit(signal, signal)
    })
  }

  /** Stops at an error that nobody caught, once `report` has told of it; `worker` is the one that runs. */
  watch(report: (error: unknown, worker: Stoppable | undefined) => void): void {
    process.on('uncaughtException', (error) => {
      this.#failed = true
      report(error, this.#worker)
      if (!this.#worker) this.#exit()
      // A second stop would hand running tasks back at once.
      else if (!this.#stopping) this.#worker.stop()
      this.#stopping = true
    })
  }

  /** Runs a worker to its end and closes its gator and threads. Throws what the worker throws. */
  async supervise(worker: Worker, threads?: ThreadPool): Promise<void> {
    if (this.link) this.#report(worker, this.link)
    await this.run(worker, async () => {
      await Promise.all([worker.gator.close(), threads?.close()])
    })
  }

  /** Runs something to its end and closes what it needed. Throws what it throws. */
  async run(worker: Stoppable, close: () => Promise<void>): Promise<void> {
    this.#worker = worker
    try {
      await worker.runForever()
    } catch (error) {
      this.#failed = true
      throw error
    } finally {
      this.#worker = undefined
      this.#exitIn(this.#signals > 1 ? LINGER : CLOSING)
      // A request that waits in the store must come back: what it brings would be held for nobody.
      await close()
      this.#exitIn(LINGER)
    }
    if (this.#signals > 1) this.#exit()
    if (this.#failed) process.exitCode = 1
  }

  #report(worker: Worker, link: ProcessLink): void {
    link.tell({ alligator: 'running', burst: worker.burst })
    const onStart = () => {
      link.tell({ alligator: 'working' })
      worker.off('task:start', onStart)
    }
    worker.on('task:start', onStart)
  }

  #onSignal(): void {
    this.#signals += 1
    this.#stopping = true
    if (!this.#worker || this.#signals > 2) this.#exit()
  }

  #exitIn(seconds: number): void {
    setTimeout(() => this.#exit(), seconds * 1000).unref()
  }

  /** Who restarts what failed would not restart this worker, and nobody would know why it is gone. */
  #onExit(): void {
    if (!this.#worker || this.#isOver) return
    const task = currentTask()
    const from = task ? `, from ${task.func?.name} ${task.taskId}` : ''
    const line = `process.exit was called while this worker ran${from}. It ends with ${process.exitCode || 1}, and what ran is not settled.`
    this.#worker.getLog?.().error(`${line} Throw an error instead, or let the function return.`, {
      event: 'worker:exit',
      taskId: task?.taskId,
      name: task?.func?.name,
    })
    process.exitCode ||= 1
  }

  #exit(): void {
    this.#isOver = true
    endsForAReason()
    // A command that asks has said how it is to end.
    process.exit(this.#failed ? 1 : (process.exitCode ?? 0))
  }
}
