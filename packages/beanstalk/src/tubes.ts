import { createHash } from 'node:crypto'
import { checkText } from '@alligator/core/backend'

/** Bytes: the server takes 200, and the tube for reasons has a longer name. */
const LONGEST = 190
const PLAIN = /^[A-Za-z][A-Za-z0-9_.-]*$/
/** What other programs would read as another value in the server's YAML. */
const YAML_WORD = /^(?:true|false|null)$/i
const READABLE = 100

/**
 * The tube of a queue. Plain names stay as they are, so that other programs find them; in others each foreign byte becomes
 * `$` and two hex digits, after a `$`; long ones become their beginning and a hash. No two queues share a tube.
 *
 * @throws InvalidArgumentError
 */
export function tubeOf(queue: string): string {
  if (PLAIN.test(queue) && queue.length <= LONGEST && !YAML_WORD.test(queue)) return queue
  const escaped = `$${escape(queue)}`
  if (escaped.length <= LONGEST) return escaped
  const hash = createHash('sha256').update(queue).digest('base64url')
  return `(${escaped.slice(0, READABLE)})${hash}`
}

/** The tube in which the reasons of a tube's dead letters are kept; no queue has a name like it. */
export function reasonsOf(tube: string): string {
  return `${tube};reasons`
}

function escape(queue: string): string {
  return Buffer.from(checkText(queue, 'queue'))
    .toString('latin1')
    .replace(/[^A-Za-z0-9_.-]/g, (byte) => `$${byte.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
