import type { Schedule } from '@alligator/core'
import type { TaskView } from '@alligator/core/inspect'
import type { QueueStatus } from '../queue-status.js'
import type { Snapshot } from './snapshot.js'

/** What can be selected. */
export type Row =
  | { readonly part: 'queues'; readonly key: string; readonly queue: QueueStatus }
  | { readonly part: 'schedules'; readonly key: string; readonly schedule: Schedule }
  | { readonly part: 'tasks' | 'dead'; readonly key: string; readonly task: TaskView }

/** Where a part of the screen has its rows among all of them. */
export type Part = Row['part']

/** All rows of the screen, and which of them is selected. */
export class Rows {
  #rows: readonly Row[] = []
  #at = 0

  get selected(): Row | undefined {
    return this.#rows[this.#at]
  }

  /** Which row of a part is selected, from 0; undefined when it is one of another part. */
  selectedIn(part: Part): number | undefined {
    if (this.selected?.part !== part) return undefined
    return this.#at - this.#rows.findIndex((row) => row.part === part)
  }

  /** The selection stays with its task or queue; when that has gone, with its place, so that the next one can be dealt with. */
  update({ queues, schedules, tasks, dead }: Snapshot): void {
    const { key, part } = this.selected ?? {}
    const taskRows = (of: 'tasks' | 'dead', views: readonly TaskView[]) =>
      views.map((task): Row => ({ part: of, key: `${task.queue}\0${task.taskId}`, task }))
    this.#rows = [
      ...queues.map((queue): Row => ({ part: 'queues', key: queue.queue, queue })),
      ...schedules.map((schedule): Row => {
        return { part: 'schedules', key: `${schedule.queue}\0${schedule.id}`, schedule }
      }),
      ...taskRows('tasks', tasks),
      ...taskRows('dead', dead),
    ]
    const found = this.#rows.findIndex((row) => row.key === key && row.part === part)
    this.#select(found < 0 ? this.#at : found)
  }

  move(by: number): void {
    this.#select(this.#at + by)
  }

  /** To the first row of the next part that has any; from the last to the first. */
  nextPart(): void {
    const part = this.selected?.part
    const next = this.#rows.findIndex((row, at) => at > this.#at && row.part !== part)
    this.#select(Math.max(0, next))
  }

  #select(at: number): void {
    this.#at = Math.max(0, Math.min(at, this.#rows.length - 1))
  }
}
