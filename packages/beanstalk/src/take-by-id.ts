import type { Channel, Job } from './channel.js'
import type { JobStats } from './facts.js'

/** Whether a text may be an id of the server: no other text is ever sent to it as one. */
export function isJobId(text: string): boolean {
  return /^[1-9]\d{0,18}$/.test(text)
}

/**
 * Takes the very job that was seen before, on whatever connection: unless it was handed out since then, or is gone. The
 * server's command for this takes a job in any state, so that its count of hand-outs must tell.
 */
export async function takeUnchanged(channel: Channel, id: string, seen: JobStats): Promise<Job | undefined> {
  const [job, stats] = await Promise.all([channel.reserveJob(id), channel.jobStats(id)])
  if (!job || !stats) return undefined
  if (stats.reserves === seen.reserves + 1) return job
  await channel.release(id, stats.pri, stats.delay)
  return undefined
}
