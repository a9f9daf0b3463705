import { type PushItem, hasCode } from '@alligator/core'
import { checkPayload } from '@alligator/core/backend'
import type { Channel, NewJob } from './channel.js'
import type { Connection } from './connection.js'

/**
 * Puts a batch in one write and gives the ids. Those whose answer was lost are put again, and may be there twice. The
 * protocol knows no transaction: what was stored before the server ran out of room is deleted again.
 *
 * @throws PayloadTooLargeError, StoreFullError, StoreUnavailableError
 */
export function pushJobs(
  connection: Connection,
  tube: string,
  jobs: readonly NewJob[],
  items: readonly PushItem[],
): Promise<string[]> {
  const ids: string[] = []
  return connection.insist(async () => {
    const line = await connection.line()
    for (const { data, taskId } of items) checkPayload(data, taskId, connection.maxPayload)
    const puts = jobs.flatMap((job, at) =>
      ids[at] === undefined ? line.put(tube, job).then((id) => (ids[at] = id)) : [],
    )
    await Promise.all(puts).catch((error: unknown) => undo(error, line, puts, ids))
    return ids
  })
}

async function undo(
  error: unknown,
  line: Channel,
  puts: readonly Promise<unknown>[],
  ids: readonly string[],
): Promise<never> {
  await Promise.allSettled(puts)
  if (hasCode(error, 'STORE_FULL')) await Promise.all(ids.filter(Boolean).map((id) => line.delete(id)))
  throw error
}
