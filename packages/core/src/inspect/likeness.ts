import { createHash } from 'node:crypto'
import type { TaskView } from './task-view.js'

/** Number of characters of a message that show what it is about. */
const LONGEST = 160

/** Numbers, ids and addresses: what differs between two deaths of the same. */
const VARIABLE = /\b(?:[\da-f]{8}-[\da-f-]{27}|0x[\da-f]+|[\da-f]{12,}|\d[\d.,:]*)/gi

/**
 * What an error is apart from its numbers and ids: two dead letters with the same likeness died of the same. A function is part of
 * it, and its queue is not.
 */
export function likenessOf({ name, reason }: Pick<TaskView, 'name' | 'reason'>): string {
  const line = firstLine(reason?.message ?? '')
  const what = JSON.stringify([name, reason?.code ?? '', line.replace(VARIABLE, '#')])
  // A digest, since it goes where the message may not be seen.
  return createHash('sha256').update(what).digest('hex').slice(0, 32)
}

/** What an error says first, and short enough for a list. */
export function firstLine(message: string): string {
  return message.slice(0, LONGEST).split('\n', 1)[0] ?? ''
}
