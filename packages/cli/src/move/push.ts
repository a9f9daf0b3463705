import { type PushItem, hasCode, messageOf } from '@alligator/core'
import { timeOfId } from '@alligator/core/backend'
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
    const ids = await journey.to.pushMany(
      queue,
      fitting.map((item) => withTime(journey, item)),
    )
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

/** A delivery does not tell when its task was enqueued, and nor do ids of the app's own: that of the move is the next best. */
function withTime({ clock }: Journey, item: PushItem): PushItem {
  const isUntold = item.enqueuedAt === undefined && timeOfId(item.taskId) === undefined
  return isUntold ? { ...item, enqueuedAt: clock.now() } : item
}

async function pushOneByOne(
  journey: Journey,
  queue: string,
  items: readonly PushItem[],
): Promise<Map<string, string>> {
  const ids = new Map<string, string>()
  for (const item of items) {
    const { taskId } = item
    try {
      const [id] = await journey.to.pushMany(queue, [withTime(journey, item)])
      ids.set(taskId, id ?? taskId)
    } catch (error) {
      if (!isAboutOne(error)) throw error
      journey.refuse({ queue, taskId, message: messageOf(error) })
    }
  }
  return ids
}
