import type { DeathReason } from '@alligator/core'
import type { Channel, Job } from './channel.js'
import type { JobStats } from './facts.js'
import { delayOf } from './new-job.js'
import {
  correctionIn,
  deadPriority,
  headPriority,
  reasonIdOf,
  tailPriority,
  unsettledOf,
} from './priority.js'
import { levelOfBody, packData } from './stored.js'
import { isJobId, takeUnchanged } from './take-by-id.js'
import { reasonsOf } from './tubes.js'

/** How much of a reason is kept, in characters: of its message and its stack each, and of its other texts. */
const TEXT_LIMIT = 8192
const NAME_LIMIT = 128

/** What a job in the tube of reasons holds, as JSON. */
interface Reason extends DeathReason {
  /** The id of the dead letter. */
  readonly job: string
}

/**
 * Keeps the reason of a dead letter as a job of its own, in a tube where nobody takes it, since the server keeps no more of
 * a buried job than its body and a priority. Gives the priority with which to bury. A reason too large for the server
 * loses its stack, or is left out.
 */
export async function keepReason(
  channel: Channel,
  tube: string,
  id: string,
  { stack, ...long }: DeathReason,
  limit: number,
): Promise<number> {
  const reason = {
    ...long,
    code: long.code.slice(0, NAME_LIMIT),
    message: long.message.slice(0, TEXT_LIMIT),
    worker: long.worker.slice(0, NAME_LIMIT),
  }
  const bodies = [{ ...reason, stack: stack?.slice(0, TEXT_LIMIT) }, reason].map((kept) =>
    packData(JSON.stringify({ job: id, ...kept })),
  )
  const body = bodies.find(({ length }) => length <= limit)
  if (!body) return deadPriority()
  return deadPriority(await channel.put(reasonsOf(tube), { priority: 0, delay: 0, ttr: 1, body }))
}

/** Removes the reason of what is a dead letter no longer. */
export async function dropReason(channel: Channel, tube: string, id: string, dead: JobStats): Promise<void> {
  const reasonId = reasonIdOf(dead)
  if (reasonId === undefined) return
  // Somebody else may have buried it, with a priority that says nothing.
  const [job, stats] = await Promise.all([channel.peek(reasonId), channel.jobStats(reasonId)])
  if (!job || stats?.tube !== reasonsOf(tube)) return
  if (isReasonOf(id, job.body)) await channel.delete(reasonId)
}

/** What is no JSON is no reason: other programs can write to the tube. */
function isReasonOf(id: string, body: Buffer): boolean {
  try {
    return (JSON.parse(body.toString()) as Partial<Reason> | null)?.job === id
  } catch {
    return false
  }
}

/** Puts one dead letter back to work, as fresh as when it was pushed. `undefined`: it is none, or somebody else was faster. */
async function kickOne(channel: Channel, tube: string, id: string, now: number): Promise<Job | undefined> {
  if (!isJobId(id)) return undefined
  const dead = await channel.jobStats(id)
  if (dead?.tube !== tube || dead.state !== 'buried') return undefined
  const job = await takeUnchanged(channel, id, dead)
  if (!job) return undefined
  const level = levelOfBody(job.body)
  // The server's own command to kick would leave it at the head of the queue.
  const unsettled = unsettledOf(dead)
  await channel.release(id, unsettled > 0 ? headPriority(-unsettled, level) : tailPriority(now, level), 0)
  await dropReason(channel, tube, id, dead)
  return job
}

/** Makes one delayed job due. `false`: it is none, or somebody else was faster. */
export async function expediteOne(channel: Channel, tube: string, id: string, now: number): Promise<boolean> {
  if (!isJobId(id)) return false
  const delayed = await channel.jobStats(id)
  if (delayed?.tube !== tube || delayed.state !== 'delayed') return false
  const job = await takeUnchanged(channel, id, delayed)
  if (!job) return false
  // The server's own command to kick would leave it behind all that joins the queue until it would have been due.
  const isCorrected = correctionIn(delayed) !== 0
  await channel.release(id, isCorrected ? delayed.pri : tailPriority(now, levelOfBody(job.body)), 0)
  return true
}

/** Makes one that waits or is delayed due at another time, at the end of its queue. `false`: it is none, or somebody else was faster. */
export async function deferOne(
  channel: Channel,
  tube: string,
  id: string,
  { delayUntil, now }: { readonly delayUntil: number | undefined; readonly now: number },
): Promise<boolean> {
  const seen = await channel.jobStats(id)
  if (seen?.tube !== tube || (seen.state !== 'ready' && seen.state !== 'delayed')) return false
  const job = await takeUnchanged(channel, id, seen)
  if (!job) return false
  const delay = delayOf(delayUntil, now)
  const due = delay > 0 && delayUntil !== undefined ? delayUntil : now
  const isCorrected = correctionIn(seen) !== 0
  await channel.release(id, isCorrected ? seen.pri : tailPriority(due, levelOfBody(job.body)), delay)
  return true
}

/** Puts those dead letters back to work that are named. */
export async function kickEach(
  channel: Channel,
  tube: string,
  ids: readonly string[],
  now: number,
): Promise<Job[]> {
  const kicked: Job[] = []
  for (const id of ids) {
    const job = await kickOne(channel, tube, id, now)
    if (job) kicked.push(job)
  }
  return kicked
}

/** Puts all those dead letters back to work that are there now. */
export async function kickAll(channel: Channel, tube: string, now: number): Promise<Job[]> {
  const kicked: Job[] = []
  const stats = await channel.tubeStats(tube)
  for (let left = stats?.buried ?? 0; left > 0; left -= 1) {
    const first = await channel.peekFirst(tube, 'buried')
    if (!first) break
    const job = await kickOne(channel, tube, first.id, now)
    if (job) kicked.push(job)
  }
  return kicked
}
