import type { Client } from './client.js'
import type { Canceled } from './contract.js'
import { checkTaskId } from '../base/ids.js'
import { need } from './need.js'

/**
 * Takes a task off a queue for good, as far as the store can: in whatever state by `cancellation`, else by `byId` unless it
 * runs. `undefined`: it is not there, or runs and is left alone. `operation` is who asks, for the error message.
 *
 * @throws InvalidOptionError for what is no id; NotSupportedError where no task is reached by its id at all.
 */
export async function cancelTask(
  client: Client,
  queue: string,
  taskId: string,
  operation: string,
): Promise<Canceled | undefined> {
  checkTaskId(taskId)
  if (client.cancellation) return client.cancellation.cancel(queue, taskId)
  const data = await need(client, 'byId', operation).remove(queue, taskId)
  return data === undefined ? undefined : { data, wasRunning: false }
}
