import type { JobStats } from './facts.js'

/**
 * The server hands out what has the lowest priority number first, and of equal ones what was put first. We give each job
 * the second in which it joins its queue, so that a delayed job stands behind what waits when it falls due. Numbers below
 * {@link LEAST_TIME} are for jobs that go back to the head of the queue; what they differ from {@link HEAD} by corrects
 * the server's count of their hand-outs, which cannot be set.
 */
const HEAD = 512
const LEAST_TIME = 1024
/** The largest priority, and the longest delay in seconds, that the protocol can express. */
export const MAX_UINT32: number = 2 ** 32 - 1

/** For a job that joins the tail of its queue at this Unix time. */
export function tailPriority(seconds: number): number {
  return Math.min(MAX_UINT32, Math.max(LEAST_TIME, Math.ceil(seconds)))
}

/** For a job that goes to the head of its queue, and whose count is to be corrected by so much. */
export function headPriority(correction: number): number {
  return Math.min(LEAST_TIME - 1, Math.max(0, HEAD + correction))
}

/**
 * How often the server has handed out a job that nobody settled: the present hand-out, and those that ended because the
 * connection was lost or the time to run was over. It counts all since the job was put.
 */
export function unsettledOf({ reserves, releases, buries }: JobStats): number {
  return reserves - releases - buries
}

/** How often a job that is held has been handed out since it was last settled. */
export function deliveriesOf(stats: JobStats): number {
  const correction = stats.pri < LEAST_TIME ? stats.pri - HEAD : 0
  return Math.max(1, unsettledOf(stats) + correction)
}

/** For a dead letter: where its reason is kept, if it is, since its place in the queue does not matter now. */
export function deadPriority(reasonId = '0'): number {
  return Math.min(MAX_UINT32, LEAST_TIME + Number(reasonId))
}

/** The job that keeps the reason of a dead letter. */
export function reasonIdOf({ pri }: JobStats): string | undefined {
  return pri > LEAST_TIME && pri < MAX_UINT32 ? String(pri - LEAST_TIME) : undefined
}
