import { printable } from './printable.js'

/** None of the queues holds such a task. */
export class NotThereError extends Error {
  readonly code = 'NOT_THERE'
  readonly taskIds: readonly string[]

  constructor(what: string, taskIds: readonly string[], queues: readonly string[]) {
    const where = queues.length === 1 ? `queue ${queues[0]}` : `${queues.length} queues`
    super(
      printable(`There is ${what} ${taskIds.join(', ')} in ${where}. alligator list shows what there is.`),
    )
    this.name = 'NotThereError'
    this.taskIds = taskIds
  }
}
