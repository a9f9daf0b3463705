import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Worker as NodeWorker } from 'node:worker_threads'
import type { Renewal } from '../backend/facets.js'
import type { TimeWords } from '../base/shared-times.js'
import { Beat } from '../execution/beat.js'
import type { StandIn } from '../execution/lease-keeper.js'
import { deadline } from '../task/deadline.js'
import ownFolder from './own-folder.cjs'

/** What the thread goes by. */
export interface LeaseThreadOptions {
  /** Seconds. */
  readonly lease: number
  /** Seconds for which it renews at most while nothing else does, unless the function that is being called has a timeout. */
  readonly maxBlocked: number
  readonly queues: readonly string[]
  readonly renewal: Renewal
}

/** What it is started with. */
export interface LeaseThreadData extends LeaseThreadOptions {
  readonly beat: TimeWords
  readonly deadline: TimeWords
}

/** Megabytes that it may take: far more than it does, so that nothing which goes wrong there harms the worker. */
const LIMITS = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 4, stackSizeMb: 1 }

/**
 * A thread that renews what a worker holds while the worker's event loop stands still. It is *idle* until something is held for
 * the first time; then it *watches*, with no connection and no driver, whether the keeper's renewals come in time; while one is
 * late it *stands in*. It *ends* with the worker, or by itself if it cannot go on: then leases lapse as they do without it.
 *
 * It does not keep the process alive, and stands still with it.
 */
export class LeaseThread implements StandIn {
  readonly #options: LeaseThreadOptions
  readonly #beat = new Beat()
  #isWanted = false
  #thread: NodeWorker | undefined

  constructor(options: LeaseThreadOptions) {
    this.#options = options
  }

  /** The worker begins. */
  begin(): void {
    this.#isWanted = true
  }

  /** The worker has ended. */
  async end(): Promise<void> {
    this.#isWanted = false
    await this.#thread?.terminate()
    this.#thread = undefined
  }

  expect(due: number): void {
    this.#beat.due = due
    if (this.#isWanted) this.#start()
  }

  rest(): void {
    this.#beat.due = 0
  }

  get renewed(): number {
    return this.#beat.renewed
  }

  #start(): void {
    this.#isWanted = false
    const file = ownFolder === undefined ? '' : join(ownFolder, 'lease-thread-main.mjs')
    // In a bundle there is none.
    if (!existsSync(file)) return
    try {
      this.#thread = this.#make(file)
    } catch {
      // The process may not have threads.
    }
  }

  #make(file: string): NodeWorker {
    const workerData: LeaseThreadData = {
      ...this.#options,
      beat: this.#beat.words,
      deadline: deadline.words,
    }
    // Modules that Node.js must load first are for the app, and would cost as much again here.
    const env = { ...process.env, NODE_OPTIONS: '' }
    const thread = new NodeWorker(file, {
      name: 'alligator-leases',
      workerData,
      env,
      execArgv: [],
      resourceLimits: LIMITS,
    })
    thread.on('error', () => undefined)
    thread.unref()
    return thread
  }
}
