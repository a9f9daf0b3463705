import { type Client, type Counts, redactDsn } from '@alligator/core'
import { takesDead } from './dead.js'
import type { Journey } from './journey.js'
import type { QueueMove } from './move-queue.js'

/** A move has come to its end, and the source is not empty. */
export class LeftBehindError extends Error {
  readonly code = 'LEFT_BEHIND'
  readonly left: Counts

  constructor(journey: Journey, moves: readonly QueueMove[]) {
    const left = total(moves)
    const reasons = journey.signal.aborted ? [INTERRUPTED] : reasonsOf(journey, left)
    super(`Not all tasks have left ${redactDsn(journey.from.dsn)}: ${reasons.join('; ')}.`)
    this.name = 'LeftBehindError'
    this.left = left
  }
}

const INTERRUPTED = 'the move was stopped, and the same command goes on with it'

function reasonsOf(
  { canList, to, heldBack }: Journey,
  { waiting, delayed, running, dead }: Counts,
): string[] {
  const others = heldBack.size
  const delayedOthers = Math.max(0, others - waiting)
  const reasons: [number, string][] = [
    [
      running,
      `${running} run, or are held by a move that died until its lease ends: move them when that is over`,
    ],
    [others, `${others} wait for others that have not left, and must not run before them`],
    [waiting - others, `${waiting - others} wait that have come meanwhile, or that the target refuses`],
    [
      delayed - delayedOthers,
      canList
        ? `${delayed - delayedOthers} are delayed that have come meanwhile, or that the target refuses`
        : `${delayed} are delayed, and this store cannot list them: move them when they are due`,
    ],
    [dead, deadReason(dead, canList, to)],
  ]
  return reasons.flatMap(([count, reason]) => (count > 0 ? [reason] : []))
}

function deadReason(dead: number, canList: boolean, to: Client): string {
  if (!canList) return `${dead} are dead letters, and this store cannot list them: retry them, then move`
  if (!takesDead(to))
    return `${dead} are dead letters, and the target cannot take such: retry them, then move`
  return (
    `${dead} are dead letters for which the target has no room, since it keeps ${to.maxDeadLetters} of a ` +
    'queue: retry or drop some, or raise that; or a move that died holds them there until its lease ends'
  )
}

function total(moves: readonly QueueMove[]): Counts {
  const sum = { waiting: 0, delayed: 0, running: 0, dead: 0 }
  for (const { left } of moves) {
    sum.waiting += left.waiting
    sum.delayed += left.delayed
    sum.running += left.running
    sum.dead += left.dead
  }
  return sum
}
