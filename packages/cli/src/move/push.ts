import { type PushItem, hasCode, messageOf } from '@alligator/core'
import type { Journey } from './journey.js'

/** Puts tasks on a queue of the target. Gives for each the id that it has there; none for those that were refused. */
export async function pushAll(
  journey: Journey,
  queue: string,
  items: readonly PushItem[],
): Promise<Map<string, string>> {
  const fitting = items.filter(({ taskId, data }) => !journey.isTooLarge(queue, taskId, data))
  if (fitting.length === 0) return new Map()
  try {
    const ids = await journey.to.pushMany(queue, fitting)
    return new Map(fitting.map(({ taskId }, at) => [taskId, ids[at] ?? taskId]))
  } catch (error) {
    if (!isAboutOne(error)) throw error
    return pushOneByOne(journey, queue, fitting)
  }
}

/** What one task of a batch is refused for; nothing of the batch was written then. */
function isAboutOne(error: unknown): boolean {
  return hasCode(error, 'DUPLICATE_TASK', 'INVALID_ARGUMENT', 'INVALID_OPTION', 'PAYLOAD_TOO_LARGE')
}

async function pushOneByOne(
  journey: Journey,
  queue: string,
  items: readonly PushItem[],
): Promise<Map<string, string>> {
  const ids = new Map<string, string>()
  for (const { taskId, data, delayUntil } of items) {
    try {
      ids.set(taskId, await journey.to.push(queue, taskId, data, delayUntil))
    } catch (error) {
      if (!isAboutOne(error)) throw error
      journey.refuse({ queue, taskId, message: messageOf(error) })
    }
  }
  return ids
}
