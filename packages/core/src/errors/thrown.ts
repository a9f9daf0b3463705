// Anything can be thrown: what has no text, what throws again when it is looked at, what contains itself, what is endless. Here it
// becomes text of a bounded length, and no line of this may throw, or take longer than that text does.

/** Characters of a message, as it is kept and logged. */
const LONGEST_MESSAGE = 4096
/** Of those, for the message of one error: the rest is for its causes. */
const LONGEST_OWN = 3072
/** Characters of a stack, those of its causes included. */
const LONGEST_STACK = 16_384
/** Causes of causes that are shown. */
const MOST_CAUSES = 8
/** Errors of an AggregateError, elements of a list and properties of an object that are shown. */
const MOST_PARTS = 20
/** Characters of one text within an object. */
const LONGEST_PART = 512
/** Levels of an object that are shown. */
const DEEPEST = 3

/** Text of at most a number of characters; a longer one ends with the number of those that are missing. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text
  const kept = text.slice(0, most - 40).replace(/[\uD800-\uDBFF]$/, '')
  return `${kept}… (${text.length - kept.length} more characters)`
}

/** Tells an error of any realm: a test runner has an `Error` of its own, which `instanceof` does not know. */
export function isError(value: unknown): value is Error {
  if (typeof value !== 'object' || value === null) return false
  try {
    const tag = Object.prototype.toString.call(value)
    return tag === '[object Error]' || tag === '[object DOMException]' || value instanceof Error
  } catch {
    return false
  }
}

/** A property of something that may throw when it is looked at. */
export function propertyOf(value: unknown, key: string): unknown {
  try {
    return (value as Readonly<Record<string, unknown>> | null | undefined)?.[key]
  } catch {
    return undefined
  }
}

/**
 * What was thrown, as text: the message of an error with those of its causes, or of the errors of an AggregateError, where it
 * does not quote them itself; the facts of an object that is no error. At most 4,096 characters.
 */
export function textOf(thrown: unknown): string {
  return cut(messages(thrown, new Set()), LONGEST_MESSAGE)
}

/** What an error says, or what was thrown in place of one, on one line. At most 4,096 characters. */
export function messageOf(thrown: unknown): string {
  return onOneLine(textOf(thrown))
}

function onOneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ')
}

/** The stack of an error, followed by those of its causes. At most 16,384 characters. */
export function stackOf(thrown: unknown): string | undefined {
  if (!isError(thrown)) return undefined
  return cut(stacks(thrown, new Set()), LONGEST_STACK) || undefined
}

function messages(thrown: unknown, seen: Set<unknown>): string {
  if (!isError(thrown)) return ownText(thrown)
  seen.add(thrown)
  const told = ownMessage(thrown)
  return related(thrown, seen).reduce((text, [word, other]) => {
    const more = messages(other, seen)
    const isQuoted = onOneLine(text).includes(onOneLine(more))
    return text.length > LONGEST_MESSAGE || isQuoted ? text : `${text} (${word}: ${more})`
  }, told)
}

function stacks(error: Error, seen: Set<unknown>): string {
  seen.add(error)
  const own = propertyOf(error, 'stack')
  const told = typeof own === 'string' ? cut(own, LONGEST_STACK) : ''
  return related(error, seen).reduce((text, [word, other]) => {
    if (text.length > LONGEST_STACK) return text
    const more = isError(other) ? stacks(other, seen) : ownText(other)
    return more === '' ? text : `${text}\n[${word}]: ${more}`
  }, told)
}

/** What led to an error, each with the word for it. */
function related(error: Error, seen: ReadonlySet<unknown>): [word: string, thrown: unknown][] {
  if (seen.size > MOST_CAUSES) return []
  const cause = propertyOf(error, 'cause')
  const errors = propertyOf(error, 'errors')
  const causes: [string, unknown][] = cause === undefined || cause === null ? [] : [['cause', cause]]
  return [...causes, ...elements(errors).map((one): [string, unknown] => ['error', one])].filter(
    ([, other]) => !seen.has(other),
  )
}

function elements(list: unknown): unknown[] {
  try {
    return Array.isArray(list) ? list.slice(0, MOST_PARTS) : []
  } catch {
    return []
  }
}

/** The message of an error; where it has none, its name, and where that is none either, its facts. */
function ownMessage(error: Error): string {
  const message = propertyOf(error, 'message')
  if (typeof message === 'string' && message !== '') return cut(message, LONGEST_OWN)
  if (message !== '' && message !== undefined && message !== null) return tell(message, 0)
  const name = propertyOf(error, 'name')
  return typeof name === 'string' && name !== '' ? cut(name, LONGEST_PART) : 'an error without a message'
}

function ownText(thrown: unknown): string {
  if (typeof thrown === 'string' && thrown !== '') return cut(thrown, LONGEST_MESSAGE)
  return writtenByItself(thrown) ?? tell(thrown, 0)
}

/** What an object of a class says that has a `toString` of its own. */
function writtenByItself(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const write = propertyOf(value, 'toString')
  if (typeof write !== 'function' || write === Object.prototype.toString) return undefined
  try {
    if (Array.isArray(value)) return undefined
    const text: unknown = write.call(value)
    return typeof text === 'string' && !text.startsWith('[object ') ? cut(text, LONGEST_MESSAGE) : undefined
  } catch {
    return undefined
  }
}

function tell(value: unknown, depth: number): string {
  try {
    return tellParts(value, depth)
  } catch {
    return 'something that cannot be read'
  }
}

function tellParts(value: unknown, depth: number): string {
  if (typeof value === 'string') return JSON.stringify(cut(value, LONGEST_PART))
  if (typeof value === 'function') return 'a function'
  if (typeof value !== 'object' || value === null) return cut(String(value), LONGEST_PART)
  if (isError(value)) return ownMessage(value)
  if (Array.isArray(value))
    return depth === DEEPEST
      ? '[…]'
      : `[${elements(value)
          .map((one) => tell(one, depth + 1))
          .join(', ')}${value.length > MOST_PARTS ? ', …' : ''}]`
  return depth === DEEPEST ? '{…}' : `{ ${properties(value, depth).join(', ')} }`.replace('{  }', '{}')
}

function properties(value: object, depth: number): string[] {
  const told: string[] = []
  // Not all the keys at once: there may be a million.
  for (const key in value) {
    if (told.length === MOST_PARTS) return [...told, '…']
    told.push(`${cut(key, LONGEST_PART)}: ${tell(propertyOf(value, key), depth + 1)}`)
  }
  return told
}
