import type { JobStats } from './facts.js'

/**
 * The server hands out what has the lowest priority number first, and of equal ones what was put first. We give each job
 * the second in which it joins its queue, so that a delayed job stands behind what waits when it falls due. Each level of tasks has a
 * range of its own, into which that second is moved: the usual one is where it is anyway. The first {@link HEADS} numbers of a range
 * are for jobs that go back to the head of their level; what they differ from the middle by corrects the server's count of their
 * hand-outs, which cannot be set. The ranges hold the seconds of the years until 2045.
 */
const RANGES: readonly { readonly from: number; readonly shift: number }[] = [
  { from: 0, shift: -1_600_000_000 },
  { from: 900_000_000, shift: -800_000_000 },
  { from: 1_600_000_000, shift: 0 },
  { from: 2_600_000_000, shift: 1_000_000_000 },
  { from: 3_600_000_000, shift: 1_900_000_000 },
]
const HEADS = 1024
/** The largest priority, and the longest delay in seconds, that the protocol can express. */
export const MAX_UINT32: number = 2 ** 32 - 1

/** For a job of a level, as its place among the levels, that joins the tail of its queue at this Unix time. */
export function tailPriority(seconds: number, level: number): number {
  const { shift } = rangeOf(level)
  const last = (RANGES[level + 1]?.from ?? MAX_UINT32 + 1) - 1
  return Math.min(last, Math.max(HEADS, Math.ceil(seconds) + shift))
}

/** For a job that goes to the head of its level, and whose count is to be corrected by so much. */
export function headPriority(correction: number, level: number): number {
  return rangeOf(level).from + Math.min(HEADS - 1, Math.max(0, HEADS / 2 + correction))
}

/** By how much the server's count of the hand-outs of a job is corrected. */
export function correctionIn({ pri }: Pick<JobStats, 'pri'>): number {
  const range = RANGES.find(({ from }) => pri >= from && pri < from + HEADS)
  return range ? pri - range.from - HEADS / 2 : 0
}

function rangeOf(level: number): { readonly from: number; readonly shift: number } {
  return RANGES[level] ?? { from: 0, shift: 0 }
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
  return Math.max(1, unsettledOf(stats) + correctionIn(stats))
}

/** For a dead letter: where its reason is kept, if it is, since its place in the queue does not matter now. */
export function deadPriority(reasonId = '0'): number {
  return Math.min(MAX_UINT32, HEADS + Number(reasonId))
}

/** The job that keeps the reason of a dead letter. */
export function reasonIdOf({ pri }: JobStats): string | undefined {
  return pri > HEADS && pri < MAX_UINT32 ? String(pri - HEADS) : undefined
}
