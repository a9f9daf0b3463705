import { type Worker, onStopSignal } from '@alligator/core'
import type { ThreadPool } from './isolate/thread-pool.js'
import { ProcessLink } from './process-link.js'

/** Seconds that closing the store, and whatever still runs then, may take once the worker has ended. */
const LINGER = 1

/** A worker, what runs several of them, or another long step, which has no log. */
export type Stoppable = Pick<Worker, 'runForever' | 'stop'> & Partial<Pick<Worker, 'getLog'>>

/**
 * How the process ends, whatever ends it.
 *
 * *Starting*: nothing has been taken from a queue yet, so a signal ends the process at once, with 0. *Running*: the
 * worker itself heeds the first signal (running tasks may end) and the second (they are handed back); a third ends the
 * process at once. An error that nobody caught stops the worker like a first signal, and the process then ends with 1,
 * since it may be in any state. *Ended*: the process ends by itself, or is ended after `LINGER`: a task that
 * ignored its signal, or an open handle of the app's modules, must not keep it. To a process of a supervisor, a signal
 * that both have got counts once.
 */
export class Shutdown {
  /** There when this process has a supervisor. */
  readonly link: ProcessLink | undefined = ProcessLink.find()
  #worker: Stoppable | undefined
  #signals = 0
  #stopping = false
  #failed = false

  constructor() {
    onStopSignal(() => this.#onSignal())
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
      setTimeout(() => this.#exit(), LINGER * 1000).unref()
      await close()
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

  #exit(): void {
    process.exit(this.#failed ? 1 : 0)
  }
}
