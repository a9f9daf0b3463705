import { AlligatorError, show } from './base.js'
import { messageOf } from './thrown.js'

/** A task failed with no retries left; `cause` is the error that its function threw. */
export class TaskFailed extends AlligatorError {
  readonly taskId: string

  constructor(taskId: string, name: string, attempt: number, cause: unknown) {
    super(
      'TASK_FAILED',
      `Task ${taskId} (${name}) failed on attempt ${attempt}, its last: ${messageOf(cause).replace(/\.$/, '')}. ` +
        `It is a dead letter now; fix the cause, then \`alligator retry ${taskId}\` runs it again.`,
      { cause },
    )
    this.taskId = taskId
  }
}

/** A task ran longer than its `timeout`. */
export class TaskTimeoutError extends AlligatorError {
  readonly timeout: number

  constructor(name: string, timeout: number) {
    super(
      'TASK_TIMEOUT',
      `${name} ran longer than its timeout of ${timeout} s. ` +
        'Raise `timeout`, or let the function watch `currentTask().signal` and stop.',
    )
    this.timeout = timeout
  }
}

/** The reason on a task's `signal` when its worker had to shut down before it ended; the task is back on its queue. */
export class TaskAbortedError extends AlligatorError {
  constructor(taskId: string) {
    super(
      'TASK_ABORTED',
      `The worker shuts down: task ${taskId} goes back on its queue and will run again elsewhere.`,
    )
  }
}

/** The reason on a task's `signal` when somebody has canceled it while it ran. */
export class TaskCanceledError extends AlligatorError {
  readonly taskId: string

  constructor(taskId: string) {
    super(
      'TASK_CANCELED',
      `Task ${taskId} was canceled: it is off its queue, and what its function still does is discarded. ` +
        'Let the function stop when `currentTask().signal` aborts.',
    )
    this.taskId = taskId
  }
}

/**
 * The reason on a task's `signal` when it went off its queue while it ran, and nobody has canceled it: its store has lost it, by a
 * restart without persistence or a backup that was restored, or its whole queue was dropped.
 */
export class TaskGoneError extends AlligatorError {
  readonly taskId: string

  constructor(taskId: string) {
    super(
      'TASK_GONE',
      `Task ${taskId} is off its queue, and no cancel of it is on record: its store has lost it (a restart without persistence, a ` +
        'failover, a backup that was restored), or its whole queue was dropped. What its function still does is discarded. ' +
        'If nobody has dropped the queue, look at how its store keeps data.',
    )
    this.taskId = taskId
  }
}

/** The reason on a task's `signal` when its lease lapsed while it ran: another worker may have it now. */
export class LeaseLostError extends AlligatorError {
  readonly taskId: string

  constructor(taskId: string) {
    super(
      'LEASE_LOST',
      `The lease of task ${taskId} has lapsed, so another worker may run it; what its function still does here is ` +
        'discarded. Raise `lease` if this worker, or the way to its store, stalls for longer than that.',
    )
    this.taskId = taskId
  }
}

/** A task was used before `toCall` gave it a function. */
export class TaskNotReadyError extends AlligatorError {
  constructor(taskId: string) {
    super('TASK_NOT_READY', `Task ${taskId} has no function to run. Call task.toCall(fn, ...args) first.`)
  }
}

/** Both `delayBy` and `delayUntil` were given. */
export class MultipleDelayError extends AlligatorError {
  constructor() {
    super(
      'MULTIPLE_DELAY',
      'Both delayBy and delayUntil are set, and only one can hold. Keep the one that you mean.',
    )
  }
}

/** What more there is to say of an option that is refused. */
export interface InvalidOptionErrorOptions extends ErrorOptions {
  /** What has no option of that name at all; with an empty name, what was given something else than options. */
  readonly place?: string
}

/** An option has a value that it cannot take, or a name that nothing here has. */
export class InvalidOptionError extends AlligatorError {
  readonly option: string

  constructor(option: string, value: unknown, wayOut: string, options?: InvalidOptionErrorOptions) {
    super('INVALID_OPTION', `${whatIsWrong(option, value, options?.place)}. ${wayOut}`, options)
    this.option = option
  }
}

function whatIsWrong(option: string, value: unknown, place: string | undefined): string {
  if (place === undefined) return `Option ${option} cannot be ${show(value)}`
  if (option === '') return `The options of ${place} cannot be ${show(value)}`
  // Not its value: nobody knows what that is.
  return `${place} has no option ${show(option)}`
}

/** An argument that would not arrive as it was sent. */
export class InvalidArgumentError extends AlligatorError {
  /** Where it is, such as `argument 2, .createdAt`. */
  readonly path: string

  constructor(path: string, why: string) {
    super('INVALID_ARGUMENT', `${path}: ${why}`)
    this.path = path
  }
}

/** A payload on the queue that is no task; it becomes a dead letter. */
export class InvalidPayloadError extends AlligatorError {
  constructor(why: string, cause?: unknown) {
    super(
      'INVALID_PAYLOAD',
      `The payload is not a task: ${why}. Look at who else writes to this queue, or at the Task class that reads it.`,
      { cause },
    )
  }
}

/** A task, or a batch, was enqueued inside an open transaction that it could only have joined too late. */
export class NotInTransactionError extends AlligatorError {
  constructor(what: string, why: string, wayOut: string) {
    super(
      'NOT_IN_TRANSACTION',
      `${what} cannot join the open transaction: ${why}, which takes longer than the transaction may be open. ` +
        `${wayOut}, or enqueue after the commit.`,
    )
  }
}

/** A task with this id, but other content, is already on the queue; or one whose key must not be there twice. */
export class DuplicateTaskError extends AlligatorError {
  /** The id of the task that is there. */
  readonly taskId: string

  constructor(taskId: string, queue: string, what: 'id' | 'key' = 'id') {
    super(
      'DUPLICATE_TASK',
      what === 'id'
        ? `Queue ${show(queue)} already holds another task with the id ${show(taskId)}. ` +
            'Leave taskId out for a new one, or cancel the first.'
        : `Task ${show(taskId)} of queue ${show(queue)} has the same key, and is not done. ` +
            "Leave `onConflict: 'throw'` out to get that task instead, or cancel it first.",
    )
    this.taskId = taskId
  }
}

/** A task that this one depends on is a dead letter, or will never run. */
export class DependencyFailedError extends AlligatorError {
  readonly dependency: string

  constructor(
    dependency: string,
    fate: string = 'is a dead letter',
    wayOut: string = 'Retry that one first, then this one.',
  ) {
    super('DEPENDENCY_FAILED', `It depends on task ${dependency}, which ${fate}. ${wayOut}`)
    this.dependency = dependency
  }

  /** Of one that left the queue without success. */
  static removed(dependency: string): DependencyFailedError {
    return new DependencyFailedError(
      dependency,
      'was canceled, or dropped as a dead letter',
      'Push that one again, under its id, then retry this one.',
    )
  }
}

/** Of a task that this one is to depend on it cannot be known whether it has succeeded. */
export class UnknownDependencyError extends AlligatorError {
  readonly dependency: string

  constructor(taskId: string, dependency: string, queue: string) {
    super(
      'UNKNOWN_DEPENDENCY',
      `Task ${taskId} depends on ${show(dependency)}, which is not on queue ${show(queue)}: it may have succeeded, failed or been ` +
        'canceled, wait on another queue, or be pushed only later, and the store cannot know which. ' +
        'Push it first, and depend on the task that gator.task gave, which may have ended by then.',
    )
    this.dependency = dependency
  }
}

/** Nobody knew of a result before the time was over for which somebody waited. */
export class ResultTimeoutError extends AlligatorError {
  readonly taskId: string

  constructor(taskId: string, seconds: number, cause?: unknown) {
    const away = cause === undefined ? '' : ` Its store could not be asked: ${messageOf(cause)}`
    super(
      'RESULT_TIMEOUT',
      `Task ${taskId} has not ended within ${seconds} s.${away} It goes on all the same: wait again with ` +
        '`gator.finished(taskId)`, for longer with `timeout`, or look at it with `gator.lookUp(taskId)`.',
      { cause },
    )
    this.taskId = taskId
  }
}

/** There is no result of a task, and none will come. */
export class ResultGoneError extends AlligatorError {
  readonly taskId: string

  constructor(taskId: string, queue: string) {
    super(
      'RESULT_GONE',
      `Task ${taskId} is not on queue ${show(queue)}, and no result of it is kept: it has ended without \`keepResult\`, its result has ` +
        'expired, its queue was dropped, or it never was there. Keep results for longer than anybody waits, and name the queue if ' +
        'it is another one.',
    )
    this.taskId = taskId
  }
}

/** What another task has given, and this one takes as an argument, is not kept. */
export class OutputGoneError extends AlligatorError {
  readonly dependency: string

  constructor(dependency: string, at: number, why: string = 'is not kept any more') {
    super(
      'OUTPUT_GONE',
      `Argument ${at + 1} is the output of task ${dependency}, which ${why}. ` +
        'Keep it for longer (`keepResult`) than this task may have to wait, and push both again.',
    )
    this.dependency = dependency
  }
}

/** What a function or a step returned cannot be kept. Of a task, its function has run, and does not run again for it. */
export class ResultNotStorableError extends AlligatorError {
  constructor(what: string, why: string) {
    super('RESULT_NOT_STORABLE', `What ${what} returned cannot be kept: ${why}.`)
  }

  /** The same error, with the message of the process that found it. */
  static told(message: string): ResultNotStorableError {
    return Object.assign(new ResultNotStorableError('', ''), { message })
  }
}

/** A batch takes no more members: it has ended or was canceled, or was never made on that queue. */
export class BatchOverError extends AlligatorError {
  readonly batchId: string

  constructor(batchId: string, queue: string) {
    super(
      'BATCH_OVER',
      `Batch ${show(batchId)} of queue ${show(queue)} takes no more members: it has ended or was canceled, or there is none. ` +
        'Add members before the last one ends, as one of them may do: currentTask().batch.task(…).',
    )
    this.batchId = batchId
  }
}

/** A task was handed out again and again and never settled: it probably kills its worker, or blocks it. */
export class TooManyDeliveriesError extends AlligatorError {
  readonly deliveries: number

  constructor(deliveries: number) {
    super(
      'TOO_MANY_DELIVERIES',
      `It was handed out ${deliveries} times and no worker settled it before its lease was over. ` +
        'Find out what kills the worker (memory, process.exit, a native crash), or blocks it for longer than a lease ' +
        '(computing: see --isolate), then retry it.',
    )
    this.deliveries = deliveries
  }
}
