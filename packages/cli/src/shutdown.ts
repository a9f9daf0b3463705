import type { Worker } from '@alligator/core'

/** Seconds that closing the store, and whatever still runs then, may take once the worker has ended. */
const LINGER = 1

/**
 * How the process ends, whatever ends it.
 *
 * *Starting*: nothing has been taken from a queue yet, so a signal ends the process at once, with 0. *Running*: the
 * worker itself heeds the first signal (running tasks may end) and the second (they are handed back); a third ends the
 * process at once. An error that escaped from a task stops the worker like a first signal, and the process then ends
 * with 1, since it may be in any state. *Ended*: the process ends by itself, or is ended after `LINGER`: a task that
 * ignored its signal, or an open handle of the app's modules, must not keep it.
 */
export class Shutdown {
  #worker: Worker | undefined
  #signals = 0
  #stopping = false
  #failed = false

  constructor() {
    const onSignal = () => this.#onSignal()
    process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  }

  /** Hears of every error that nobody caught; `report` tells of one outside the run of a worker. */
  watch(report: (error: unknown) => void): void {
    process.on('uncaughtException', (error) => {
      this.#failed = true
      if (this.#worker) return this.#onEscape(this.#worker, error)
      report(error)
      process.exit(1)
    })
  }

  /** Runs a worker to its end and closes its gator. Throws what the worker throws. */
  async supervise(worker: Worker): Promise<void> {
    this.#worker = worker
    try {
      await worker.runForever()
    } catch (error) {
      this.#failed = true
      throw error
    } finally {
      this.#worker = undefined
      setTimeout(() => this.#exit(), LINGER * 1000).unref()
      await worker.gator.close()
    }
    if (this.#signals > 1) this.#exit()
    if (this.#failed) process.exitCode = 1
  }

  #onSignal(): void {
    this.#signals += 1
    this.#stopping = true
    if (!this.#worker || this.#signals > 2) this.#exit()
  }

  #onEscape(worker: Worker, error: unknown): void {
    const { message, stack } = error instanceof Error ? error : new Error(String(error))
    const log = worker.getLog()
    const facts = { event: 'worker:escape', error: message, stack }
    log.error(`An error escaped from a task, so this worker stops: ${message} ${ADVICE}`, facts)
    log.debug(stack ?? message)
    // A second stop would hand running tasks back at once.
    if (!this.#stopping) worker.stop()
    this.#stopping = true
  }

  #exit(): void {
    process.exit(this.#failed ? 1 : 0)
  }
}

const ADVICE = 'Await every promise that a task function starts.'
