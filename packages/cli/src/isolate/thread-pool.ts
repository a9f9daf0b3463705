import type { Delivery, Task, TaskRunner } from '@alligator/core'
import type { ThreadData } from './messages.js'
import { Thread } from './thread.js'

/** A thread for each task that runs: it is used again for another task, and made only when none is idle. */
export class ThreadPool implements TaskRunner {
  readonly #data: ThreadData
  readonly #threads = new Set<Thread>()
  readonly #idle: Thread[] = []

  constructor(data: ThreadData) {
    this.#data = data
  }

  /** Makes the first thread, so that an app which cannot be loaded in one fails before it takes a task. */
  async start(): Promise<void> {
    const thread = this.#make()
    await thread.started
    this.#idle.push(thread)
  }

  async run(task: Task, delivery: Delivery): Promise<unknown> {
    const thread = this.#take()
    try {
      return await thread.run(task, delivery)
    } finally {
      if (thread.isAlive) this.#idle.push(thread)
    }
  }

  /** Ends every thread; what still runs there has been told to end, and has a moment for it. */
  async close(): Promise<void> {
    await Promise.all([...this.#threads].map((thread) => thread.close()))
  }

  #take(): Thread {
    const thread = this.#idle.pop()
    if (!thread) return this.#make()
    return thread.isAlive ? thread : this.#take()
  }

  #make(): Thread {
    const thread = new Thread(this.#data, () => this.#threads.delete(thread))
    this.#threads.add(thread)
    return thread
  }
}
