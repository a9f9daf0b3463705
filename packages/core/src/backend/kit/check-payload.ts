import type { Payload } from '../../base/payload.js'
import { PayloadTooLargeError } from '../../errors/index.js'
import { sizeOver } from '../../wire/limits.js'

/** Refuses a payload of more than `limit` bytes. @throws PayloadTooLargeError naming the task. */
export function checkPayload(data: Payload, taskId: string, limit: number): void {
  const size = sizeOver(data, limit)
  if (size > 0) throw new PayloadTooLargeError(`task ${taskId}`, size, limit)
}
