import { printable } from './printable.js'

/** None of the queues has such a schedule. */
export class NoScheduleError extends Error {
  readonly code = 'NOT_THERE'
  readonly ids: readonly string[]

  constructor(ids: readonly string[], queues: readonly string[]) {
    const where = queues.length === 1 ? `queue ${queues[0]}` : `the queues ${queues.join(', ')}`
    super(
      printable(
        `There is no schedule ${ids.join(', ')} on ${where}. alligator schedules shows what there is.`,
      ),
    )
    this.name = 'NoScheduleError'
    this.ids = ids
  }
}
