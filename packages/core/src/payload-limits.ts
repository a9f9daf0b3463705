import type { Payload } from './contract.js'
import { PayloadTooLargeError } from './errors.js'

/** Refuses a payload of more than `limit` bytes. @throws PayloadTooLargeError naming its function. */
export function checkSize(name: string | undefined, data: Payload, limit: number): void {
  // A UTF-16 unit takes at most 3 bytes, so that short payloads need no count.
  if (data.length * 3 <= limit) return
  const size = Buffer.byteLength(data)
  if (size > limit) throw new PayloadTooLargeError(name ?? 'the task', size, limit)
}
