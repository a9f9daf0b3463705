import { type Gator, type PushItem, hasCode, messageOf, peekTask } from '@alligator/core'
import { PRIORITIES, timeOfId } from '@alligator/core/backend'
import type { Journey } from './journey.js'

/** Puts tasks on a queue of the target. Gives for each the id that it has there; none for those that were refused. */
export async function pushAll(
  journey: Journey,
  queue: string,
  items: readonly PushItem[],
): Promise<Map<string, string>> {
  const taken = items.filter(({ taskId, data }) => !journey.isTooLarge(queue, taskId, data))
  const fitting = await Promise.all(taken.map((item) => withLevel(journey, queue, item)))
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

/** A task keeps its level, which its payload tells, where the target has levels. */
async function withLevel({ source, to }: Journey, queue: string, item: PushItem): Promise<PushItem> {
  const priority = to.priorities ? await levelOf(source, queue, item) : undefined
  return priority === undefined || priority === 'normal' ? item : { ...item, priority }
}

async function levelOf(
  source: Gator,
  queue: string,
  { data, priority }: PushItem,
): Promise<PushItem['priority']> {
  if (priority !== undefined) return priority
  try {
    const level = peekTask(data).options?.priority
    return PRIORITIES.find((one) => one === level)
  } catch {
    // Encrypted, or in a format of the app's own.
  }
  return source.peek(data, queue).then(
    (task) => task.priority,
    () => undefined,
  )
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
