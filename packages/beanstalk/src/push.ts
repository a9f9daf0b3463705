import { type PushItem, hasCode } from '@alligator/core'
import type { Channel, NewJob } from './channel.js'
import type { Server } from './server.js'
import { checkSize } from './stored.js'

/**
 * Puts a batch in one write and gives the ids. Those whose answer was lost are put again, and may be there twice. The
 * protocol knows no transaction: what was stored before the server ran out of room is deleted again.
 *
 * @throws PayloadTooLargeError, StoreFullError, StoreUnavailableError
 */
export async function pushJobs(
  server: Server,
  tube: string,
  jobs: readonly NewJob[],
  items: readonly PushItem[],
): Promise<string[]> {
  const ids: string[] = []
  await server.insist(async () => {
    const line = await server.line()
    for (const [at, { body }] of jobs.entries()) checkSize(body, items[at]?.taskId ?? '', server.maxPayload)
    await putMissing(line, tube, jobs, ids)
  })
  return ids
}

async function putMissing(
  line: Channel,
  tube: string,
  jobs: readonly NewJob[],
  ids: string[],
): Promise<void> {
  const puts = jobs.map(async (job, at) => (ids[at] ??= await line.put(tube, job)))
  try {
    await Promise.all(puts)
  } catch (error) {
    await Promise.allSettled(puts)
    if (hasCode(error, 'STORE_FULL')) await Promise.all(ids.filter(Boolean).map((id) => line.delete(id)))
    throw error
  }
}
