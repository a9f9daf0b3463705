import type { Gator, StoredState } from '@alligator/core'
import { type QueueStatus, QueueWatch } from '../queue-status.js'
import { type TaskView, viewTask } from '../stored-tasks.js'
import { placesOf, takePage } from '../task-pages.js'

/** Tasks that are fetched for each part of the screen; `list` and `dead` show the rest. */
const MOST = 100

/** A store at one moment: its queues, the tasks that run or come next, and the dead letters. */
export interface Snapshot {
  /** Unix seconds. */
  readonly at: number
  readonly queues: readonly QueueStatus[]
  readonly tasks: readonly TaskView[]
  readonly dead: readonly TaskView[]
}

/** Takes one snapshot after the other. */
export class Camera {
  readonly #gator: Gator
  readonly #watch: QueueWatch

  constructor(gator: Gator, named: readonly string[] | undefined) {
    this.#gator = gator
    this.#watch = new QueueWatch(gator, named)
  }

  async look(): Promise<Snapshot> {
    const queues = await this.#watch.look()
    const running = await this.#tasks(queues, ['running'])
    const next = await this.#tasks(queues, ['waiting', 'delayed'])
    const dead = await this.#tasks(queues, ['dead'])
    return { at: this.#gator.clock.now(), queues, tasks: [...running, ...next].slice(0, MOST), dead }
  }

  async #tasks(queues: readonly QueueStatus[], states: readonly StoredState[]): Promise<TaskView[]> {
    const { backend } = this.#gator
    if (!backend.capabilities.list) return []
    const names = queues.filter((queue) => states.some((state) => queue[state] > 0)).map(({ queue }) => queue)
    const { found } = await takePage(backend, placesOf(names, states, undefined), MOST)
    return Promise.all(found.map(({ queue, task }) => viewTask(this.#gator, queue, task)))
  }
}
