import type { Clock, PushItem } from '@alligator/core'
import { levelOf } from '@alligator/core/backend'
import { packData, packId, packText } from './stored.js'

/** An item of a push, as the statements read it. */
export interface PushedItem {
  readonly queue: string
  readonly id: string
  readonly name?: string
  /** Unix time. */
  readonly due?: number
  /** Unix time. */
  readonly enqueued?: number
  /** The place of its level, from 1. */
  readonly priority?: number
  readonly data?: string
  /** In base64. */
  readonly bytes?: string
}

/** Items as the statements read them. */
export function itemsText(items: readonly PushedItem[], clock: Clock): string {
  const sent = clock.now()
  return JSON.stringify(items.map((item) => (item.due === undefined ? item : { ...item, sent })))
}

export function packItems(queue: string, items: readonly PushItem[]): PushedItem[] {
  const name = packText(queue, 'queue')
  return items.map((item) => packItem(name, item))
}

function packItem(
  queue: string,
  { taskId, data, delayUntil, enqueuedAt, priority = 'normal' }: PushItem,
): PushedItem {
  const { id, name } = packId(taskId)
  const packed = packData(data, taskId)
  return {
    queue,
    id,
    ...(name !== null && { name }),
    ...(delayUntil !== undefined && { due: delayUntil }),
    ...(enqueuedAt !== undefined && { enqueued: enqueuedAt }),
    ...(priority !== 'normal' && { priority: levelOf(priority) + 1 }),
    ...(packed.data !== null && { data: packed.data }),
    ...(packed.bytes && { bytes: packed.bytes.toString('base64') }),
  }
}
