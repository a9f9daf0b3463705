import { InvalidArgumentError } from '../errors/index.js'
import { SUCCESS, type TaskStatus } from './constants.js'

const KIND = 'alligator.output'

/** A task that others can go on with. */
interface Giving {
  readonly taskId: string
  readonly status: TaskStatus
  readonly result: unknown
}

/** Stands among the arguments of a task for what another one will have given. */
export class TaskOutput<T extends Giving = Giving> {
  readonly kind: typeof KIND = KIND
  readonly task: T

  constructor(task: T) {
    this.task = task
  }
}

/** An argument that another task gives: its place, from 0, and the task. */
export interface OutputArgument<T extends Giving = Giving> {
  readonly at: number
  readonly task: T
}

/** Those of these arguments that stand for what others give; recognised also where another copy of this package made them. */
export function outputsAmong<T extends Giving>(args: readonly unknown[]): OutputArgument<T>[] {
  return args.flatMap((arg, at) => {
    const { kind, task } = (arg ?? {}) as Partial<TaskOutput<T>>
    return kind === KIND && task !== undefined && !isPlain(arg) ? [{ at, task }] : []
  })
}

/** What it has given, for a task that runs in this process. @throws InvalidArgumentError when it has given nothing here. */
export function outputInHand({ at, task }: OutputArgument): unknown {
  if (task.status === SUCCESS) return task.result
  throw new InvalidArgumentError(
    `argument ${at + 1}`,
    'what runs in this process cannot wait for a task of a queue; await task.finished(), and pass that',
  )
}

/** Data may look like one. */
function isPlain(value: unknown): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
