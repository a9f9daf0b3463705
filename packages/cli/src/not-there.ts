import type { Client } from '@alligator/core'
import { printable } from './printable.js'

/** None of the queues holds such a task. */
export class NotThereError extends Error {
  readonly code = 'NOT_THERE'
  readonly taskIds: readonly string[]

  constructor(what: string, taskIds: readonly string[], queues: readonly string[], backend: Client) {
    const [first = 'any queue', ...others] = queues.map((queue) => `queue ${queue}`)
    const where = others.length > 0 ? `${queues.length} queues` : first
    const wayOut = backend.listing
      ? 'alligator list shows what there is.'
      : 'This store cannot tell what it holds: name the queue with --queue.'
    super(printable(`There is ${what} ${taskIds.join(', ')} in ${where}. ${wayOut}`))
    this.name = 'NotThereError'
    this.taskIds = taskIds
  }
}
