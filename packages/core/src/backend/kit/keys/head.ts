import type { Payload } from '../../../base/payload.js'

/** What a task with a key bears before its payload, since its own store has no place for it. */
export interface Head {
  readonly key: string
  /** Tells the message from all others. */
  readonly token: string
  /** How often the task had been replaced when this payload was written. */
  readonly version: number
}

/** A payload with its head, if it has one. */
export interface Headed {
  readonly head: Head | undefined
  readonly data: Payload
}

const MARK = 'alligator-key '
const BYTE = MARK.charCodeAt(0)
/** Before a payload that begins like a head, and is none. */
const NONE = `${MARK}-\n`
/** Characters of a head at most. */
const LONGEST = 128
const HEAD = /^alligator-key (?:-|([0-9a-f]{32}) ([0-9a-f-]{36}) (\d{1,9}))\n/

/** A line of plain text before the payload, text or bytes, which every store can hold. */
export function withHead(data: Payload, head: Head | undefined): Payload {
  if (!head) return beginsLikeOne(data) ? joined(NONE, data) : data
  return joined(`${MARK}${head.key} ${head.token} ${head.version}\n`, data)
}

/** The payload as it was, and its head. What other programs have written has none. */
export function readHead(data: Payload): Headed {
  if (!beginsLikeOne(data)) return { head: undefined, data }
  const begin =
    typeof data === 'string'
      ? data.slice(0, LONGEST)
      : Buffer.from(data.subarray(0, LONGEST)).toString('latin1')
  const [line, key, token = '', version] = HEAD.exec(begin) ?? []
  if (line === undefined) return { head: undefined, data }
  const rest = typeof data === 'string' ? data.slice(line.length) : data.subarray(line.length)
  return { head: key === undefined ? undefined : { key, token, version: Number(version) }, data: rest }
}

function beginsLikeOne(data: Payload): boolean {
  if (typeof data === 'string') return data.startsWith(MARK)
  return data[0] === BYTE && Buffer.from(data.subarray(0, MARK.length)).toString('latin1') === MARK
}

function joined(line: string, data: Payload): Payload {
  return typeof data === 'string' ? line + data : Uint8Array.from(Buffer.concat([Buffer.from(line), data]))
}
