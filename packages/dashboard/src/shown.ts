import type { TaskView } from '@alligator/core/inspect'
import type { Value } from './views.js'

/** Bytes of a value that a browser is sent. */
const LONGEST = 4096
/** Characters of it in a list. */
const LONGEST_IN_LIST = 160
/** Characters of a name. */
const LONGEST_NAME = 512
/** Characters of a value that is read on one line. */
const LINE = 100

/** A value as a browser is shown it: JSON, cut to a length. */
export function shown(value: unknown, longest: number = LONGEST): Value {
  const text = typeof value === 'string' ? value : write(value)
  return cut(text, longest)
}

/** The same for a line of a list. */
export function shownInList(value: unknown): string {
  const { text, size } = cut(writeLine(value), LONGEST_IN_LIST)
  return size === undefined ? text : `${text}…`
}

/** A name, cut to a length that a page can lay out. */
export function shownName(name: string): string {
  return name.length > LONGEST_NAME ? `${wellFormed(name.slice(0, LONGEST_NAME))}…` : name
}

function cut(text: string, longest: number): Value {
  if (text.length * 3 <= longest) return { text: wellFormed(text) }
  const bytes = Buffer.from(text)
  if (bytes.length <= longest) return { text: wellFormed(text) }
  // No half of a character at the end.
  let end = longest
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return { text: bytes.toString('utf8', 0, end), size: bytes.length }
}

function wellFormed(text: string): string {
  return Buffer.from(text).toString()
}

function write(value: unknown): string {
  try {
    const line = JSON.stringify(value) ?? 'undefined'
    return line.length <= LINE ? line : JSON.stringify(value, undefined, 2)
  } catch {
    return '(cannot be shown)'
  }
}

function writeLine(value: unknown): string {
  try {
    return JSON.stringify(value) ?? ''
  } catch {
    return '(cannot be shown)'
  }
}

/** What is left of a task once nothing of it may be seen. */
export function redacted(redact: ((task: TaskView) => TaskView) | undefined, task: TaskView): TaskView {
  if (!redact) return task
  try {
    return redact(task)
  } catch {
    const { queue, taskId, state, enqueuedAt, retries, attempt, until, priority } = task
    const hidden = {
      name: null,
      args: [],
      unreadable: 'The function redact has failed, so nothing is shown.',
    }
    return {
      ...{ queue, taskId, state, enqueuedAt, retries, attempt, ...hidden },
      ...(until !== undefined && { until }),
      ...(priority !== undefined && { priority }),
    }
  }
}
