import { InvalidArgumentError } from '../errors/index.js'
import { SUCCESS } from './constants.js'
import type { Task } from './task.js'

const KIND = 'alligator.output'

/** Stands among the arguments of a task for what another one will have given. */
export class TaskOutput {
  readonly kind: typeof KIND = KIND
  readonly task: Task

  constructor(task: Task) {
    this.task = task
  }
}

/** An argument that another task gives: its place, from 0, and the task. */
export interface OutputArgument {
  readonly at: number
  readonly task: Task
}

/** Those of these arguments that stand for what others give; recognised also where another copy of this package made them. */
export function outputsAmong(args: readonly unknown[]): OutputArgument[] {
  return args.flatMap((arg, at) => {
    const { kind, task } = (arg ?? {}) as Partial<TaskOutput>
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
