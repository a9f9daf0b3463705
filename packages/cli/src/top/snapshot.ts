import type { Gator, Schedule, StoredState } from '@alligator/core'
import { type TaskView, viewTask, withNote } from '@alligator/core/inspect'
import { schedulesOf } from '../commands/schedules.js'
import { namedQueues } from '../queue-names.js'
import { type QueueStatus, QueueWatch } from '../queue-status.js'
import { placesOf, takePage } from '../task-pages.js'
import { type QueueThroughput, throughputOfAll } from '../throughput-status.js'
import { type WorkerStatus, workersOf } from '../worker-status.js'

/** Tasks that are fetched for each part of the screen; `list` and `dead` show the rest. */
const MOST = 100
/** Running tasks that are asked how far they are. */
const MOST_TOLD = 20

/** A store at one moment: its queues, its workers, the tasks that run or come next, and the dead letters. */
export interface Snapshot {
  /** Unix seconds. */
  readonly at: number
  readonly queues: readonly QueueStatus[]
  /** Absent where the store does not know them. */
  readonly workers: readonly WorkerStatus[] | undefined
  /** Of these queues, and of the gator's own where none are named. */
  readonly schedules: readonly Schedule[]
  /** Absent where the store does not keep it. */
  readonly throughput: readonly QueueThroughput[] | undefined
  readonly tasks: readonly TaskView[]
  readonly dead: readonly TaskView[]
}

/** What has begun or ended between two questions to the store must not make a number differ from the list below it. */
function withRunning(queues: readonly QueueStatus[], running: readonly TaskView[]): readonly QueueStatus[] {
  if (running.length >= MOST) return queues
  return queues.map((status) => {
    return { ...status, running: running.filter(({ queue }) => queue === status.queue).length }
  })
}

/** Takes one snapshot after the other. */
export class Camera {
  readonly #gator: Gator
  readonly #named: readonly string[] | undefined
  readonly #watch: QueueWatch

  constructor(gator: Gator, named: readonly string[] | undefined) {
    this.#gator = gator
    this.#named = named
    this.#watch = new QueueWatch(gator)
  }

  async look(): Promise<Snapshot> {
    const named = await namedQueues(this.#gator, this.#named)
    const counted = await this.#watch.look(named)
    const workers = await workersOf(this.#gator, named)
    const schedules = await this.#schedules(named, counted)
    const throughput = await throughputOfAll(this.#gator, named)
    const all = await this.#tasks(counted, ['running'])
    const queues = this.#gator.backend.listing ? withRunning(counted, all) : counted
    const running = await Promise.all(
      all.map((task, at) => (at < MOST_TOLD ? withNote(this.#gator, task) : task)),
    )
    const next = await this.#tasks(queues, ['waiting', 'delayed'])
    const dead = await this.#tasks(queues, ['dead'])
    const tasks = [...running, ...next].slice(0, MOST)
    return { at: this.#gator.clock.now(), queues, workers, throughput, schedules, tasks, dead }
  }

  async #schedules(
    named: readonly string[] | undefined,
    queues: readonly QueueStatus[],
  ): Promise<Schedule[]> {
    const { backend, queueName } = this.#gator
    if (!backend.schedules) return []
    return schedulesOf(this.#gator, named ?? [queueName, ...queues.map(({ queue }) => queue)])
  }

  async #tasks(queues: readonly QueueStatus[], states: readonly StoredState[]): Promise<TaskView[]> {
    const { listing } = this.#gator.backend
    if (!listing) return []
    const names = queues.filter((queue) => states.some((state) => queue[state] > 0)).map(({ queue }) => queue)
    const { found } = await takePage(listing, placesOf(names, states, undefined), MOST)
    return Promise.all(found.map(({ queue, task }) => viewTask(this.#gator, queue, task)))
  }
}
