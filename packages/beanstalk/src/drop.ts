import type { Channel } from './channel.js'
import { reasonsOf } from './tubes.js'

/** How many ready jobs are taken and deleted in one go. */
const BATCH = 500

/** Deletes what a tube holds in any state, unless somebody else holds it. No worker is handed any of it meanwhile. */
export async function dropTube(channel: Channel, tube: string): Promise<void> {
  const stats = await channel.tubeStats(tube)
  if (!stats) return
  await dropFirst(channel, tube, 'delayed', stats.delayed)
  await dropFirst(channel, tube, 'buried', stats.buried)
  await dropReady(channel, tube)
  await dropReady(channel, reasonsOf(tube))
}

/** The server shows only the first of these: its deletion goes out together with the next look. */
async function dropFirst(
  channel: Channel,
  tube: string,
  state: 'delayed' | 'buried',
  count: number,
): Promise<void> {
  let first = await channel.peekFirst(tube, state)
  for (let left = count; first && left > 0; left -= 1) {
    const { id } = first
    ;[, first] = await Promise.all([channel.delete(id), channel.peekFirst(tube, state)])
  }
}

async function dropReady(channel: Channel, tube: string): Promise<void> {
  const ready = (await channel.tubeStats(tube))?.ready ?? 0
  for (let left = ready; left > 0; left -= BATCH) {
    const asked = Array.from({ length: Math.min(left, BATCH) }, () => channel.reserve([tube], 0))
    const jobs = (await Promise.all(asked)).filter((job) => job !== undefined)
    await Promise.all(jobs.map(({ id }) => channel.delete(id)))
  }
}
