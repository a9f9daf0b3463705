import { type PushItem, hasCode } from '@alligator/core'
import { checkPayload } from '@alligator/core/backend'
import type { NewJob } from './channel.js'
import type { Connection } from './connection.js'

/**
 * Puts a batch in one go and gives the ids. Those whose answer was lost are put again, and may be there twice. As long as
 * some of it gets there it goes on, however long that takes. The protocol knows no transaction: when the rest cannot be
 * stored, what the server has told of is deleted again, if it can be reached.
 *
 * @throws PayloadTooLargeError, StoreFullError, StoreUnavailableError
 */
export async function pushJobs(
  connection: Connection,
  tube: string,
  jobs: readonly NewJob[],
  items: readonly PushItem[],
): Promise<string[]> {
  const ids: string[] = []
  let stored = 0
  const putRest = async () => {
    const line = await connection.line()
    for (const { data, taskId } of items) checkPayload(data, taskId, connection.maxPayload)
    const puts = jobs.flatMap((job, at) =>
      ids[at] === undefined ? line.put(tube, job).then(keepAt(at)) : [],
    )
    await Promise.allSettled(puts)
    await Promise.all(puts)
  }
  const keepAt = (at: number) => (id: string) => {
    ids[at] = id
    stored += 1
  }
  for (;;) {
    const before = stored
    try {
      await connection.insist(putRest)
      return ids
    } catch (error) {
      if (stored > before && hasCode(error, 'STORE_UNAVAILABLE')) continue
      if (stored > 0) await undo(connection, ids).catch(() => undefined)
      throw error
    }
  }
}

async function undo(connection: Connection, ids: readonly string[]): Promise<void> {
  const line = await connection.line()
  await Promise.all(ids.filter(Boolean).map((id) => line.delete(id)))
}
