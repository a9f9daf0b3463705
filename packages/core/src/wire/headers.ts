import { show } from '../errors/base.js'
import { InvalidOptionError } from '../errors/index.js'

/**
 * Text that travels with a task, by name: at most 64 of them, of 8 KiB in all. A name is 1 to 128 of `a-z`, `0-9`, `.`, `_`
 * and `-`, the first of them a letter or a digit; a text has at most 4 KiB. One that is `undefined` is left out.
 */
export type TaskHeaders = Readonly<Record<string, string | undefined>>

const MOST_HEADERS = 64
/** Bytes of one text. */
const LONGEST_TEXT = 4096
/** Bytes of all names and texts. */
const MOST_BYTES = 8192
/** Text that other systems carry in headers of their own as it is; `__proto__` is none of them. */
const NAME = /^[a-z0-9][a-z0-9._-]{0,127}$/

/** What a task without headers has. */
export const NO_HEADERS: TaskHeaders = frozen([])

/** What is wrong, in the words of {@link InvalidOptionError}. */
interface Fault {
  readonly place: string
  readonly value: unknown
  readonly wayOut: string
}

/** Gives a copy of headers that nobody can change, and in which nothing is found but what they hold. @throws InvalidOptionError */
export function checkHeaders(headers: TaskHeaders): TaskHeaders {
  const fault = findFault(headers)
  if (fault) throw new InvalidOptionError(fault.place, fault.value, fault.wayOut)
  const entries = Object.entries(headers).filter(([, text]) => text !== undefined)
  return entries.length > 0 ? frozen(entries) : NO_HEADERS
}

/** Why what a payload has in the place of headers is none. */
export function findHeadersProblem(headers: unknown): string | undefined {
  const fault = findFault(headers)
  return fault && `${fault.place} cannot be ${show(fault.value)}`
}

/** Without a prototype: a name must not lead to what somebody has put on that of all objects. */
function frozen(entries: readonly (readonly [string, string | undefined])[]): TaskHeaders {
  return Object.freeze(Object.assign(Object.create(null) as TaskHeaders, Object.fromEntries(entries)))
}

function findFault(headers: unknown): Fault | undefined {
  if (typeof headers !== 'object' || headers === null || Symbol.iterator in headers)
    return { place: 'headers', value: headers, wayOut: PLAIN }
  const names = Object.keys(headers)
  if (names.length > MOST_HEADERS)
    return { place: 'headers (their number)', value: names.length, wayOut: `Pass at most ${MOST_HEADERS}.` }
  let bytes = 0
  for (const name of names) {
    const text = (headers as Readonly<Record<string, unknown>>)[name]
    if (text === undefined) continue
    const wayOut = wayOutOf(name, text)
    if (wayOut !== undefined) return { place: `headers[${show(name)}]`, value: text, wayOut }
    bytes += name.length + Buffer.byteLength(text as string)
  }
  return bytes > MOST_BYTES ? { place: 'headers (their bytes)', value: bytes, wayOut: TOO_MANY } : undefined
}

function wayOutOf(name: string, text: unknown): string | undefined {
  if (!NAME.test(name)) return NAME.test(name.toLowerCase()) ? LOWER_CASE : NAMES
  if (typeof text !== 'string') return 'Pass text, such as String(value), or leave it out.'
  // A UTF-16 unit takes at most 3 bytes, so that most need no count.
  if (text.length * 3 <= LONGEST_TEXT || Buffer.byteLength(text) <= LONGEST_TEXT) return undefined
  return `Pass at most ${LONGEST_TEXT} bytes: an id in place of the data.`
}

const PLAIN = "Pass an object of text by name, such as { 'request-id': id }; Object.fromEntries makes one."
const LOWER_CASE = 'Write its name in lower case.'
const NAMES = "Name it with 1 to 128 of a-z, 0-9, '.', '_' and '-', the first of them a letter or a digit."
const TOO_MANY = `Pass at most ${MOST_BYTES}, names included: an id in place of the data.`
