import { randomUUID } from 'node:crypto'

/**
 * A new task id: a UUID of version 7 (RFC 9562), which begins with the time, so that tasks made together stand together
 * in a store's index. Random ones would make a database write a page of it for each task.
 */
export function newTaskId(): string {
  const time = Date.now().toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`
}
