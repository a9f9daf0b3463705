import type { Task } from '@alligator/core'
import type { Attributes } from '@opentelemetry/api'

/** What is done to tasks, in the words of the conventions. */
export type Operation = 'send' | 'process'

/** The most characters of arguments that a span has. */
const LONGEST_ARGUMENTS = 1000

/** What spans and metrics of one queue have in common. */
export function queueAttributes(operation: Operation, queue: string | undefined): Attributes {
  return {
    'messaging.system.name': 'alligator',
    'messaging.operation.name': operation,
    'messaging.operation.type': operation,
    'messaging.destination.name': queue,
  }
}

/** What the tasks of one call are. */
export function batchAttributes(tasks: readonly Task[]): Attributes {
  const [first, ...others] = tasks
  if (others.length > 0) return { 'messaging.batch.message_count': tasks.length, ...functionOf(first) }
  return { 'messaging.message.id': first?.taskId, ...functionOf(first) }
}

/** What a try is. */
export function taskAttributes(task: Task, recordArguments: boolean): Attributes {
  return {
    'messaging.message.id': task.taskId,
    'alligator.task.attempt': task.attempt,
    ...functionOf(task),
    ...(recordArguments && { 'alligator.task.arguments': argumentsOf(task) }),
  }
}

export function functionOf(task: Task | undefined): Attributes {
  return { 'alligator.task.function': task?.func?.name }
}

/** As they are shown: what cannot be written is told, and never thrown. */
function argumentsOf({ funcArgs }: Task): string {
  try {
    return JSON.stringify(funcArgs).slice(0, LONGEST_ARGUMENTS)
  } catch (error) {
    return `not to be shown: ${String(error)}`
  }
}
