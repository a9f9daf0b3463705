import type { Enqueueing, History, Run, Strike } from './history.js'

/** What a trial has left behind. */
export interface Evidence extends History {
  readonly strikes: readonly Strike[]
  /** The dead letters in the store: of which task, and why. */
  readonly dead: ReadonlyMap<string, string>
  /** An enqueueing whose answer is lost may be in the store twice. */
  readonly doublesEnqueueings: boolean
}

/** What became of the tasks of a trial. */
export interface Verdict {
  /** Those whose enqueueing was resolved. */
  readonly tasks: number
  /** Resolved, and neither run to their end nor dead letters. */
  readonly lost: readonly string[]
  /** Run to their end more than once. */
  readonly twice: readonly string[]
  /** How many may have: they were running when a fault struck. */
  readonly struck: number
  /** Run twice though no fault struck them. */
  readonly unexplained: readonly string[]
  /** Started before their delay was over. */
  readonly early: readonly string[]
  /** Run though nobody enqueued them. */
  readonly unexpected: readonly string[]
  /** Dead letters that are neither doomed to fail nor were handed out too often. */
  readonly wronglyDead: readonly string[]
  readonly dead: number
  /** The most tasks that were enqueued after one and yet started before it, where no fault struck. */
  readonly overtaken: number
  /** Seconds from the end of a strike until all that was due then was done: the longest. */
  readonly recovery: number
}

/** Seconds in which a task that has run to its end is settled. */
const SETTLING = 0.5
/** Seconds by which the clocks of two processes that are not set may differ. */
const CLOCK_TOLERANCE = 0.005

/** Compares what was enqueued with what was run: after Jepsen's check of queues. */
export function check(evidence: Evidence): Verdict {
  const { enqueueings, dead } = evidence
  const runs = byTask(evidence.runs)
  const resolved = [...enqueueings.values()].filter((one) => one.resolved !== undefined)
  const twice = [...runs].filter(([, all]) => all.filter(isDone).length > 1).map(([id]) => id)
  const struck = struckTasks(evidence)
  return {
    tasks: resolved.length,
    lost: idsOf(resolved).filter((id) => !dead.has(id) && !runs.get(id)?.some(isDone)),
    twice,
    struck: struck.size,
    unexplained: twice.filter((id) => !struck.has(id)),
    early: idsOf(
      [...enqueueings.values()].filter((one) => isEarly(one, runs.get(one.id) ?? [], evidence.strikes)),
    ),
    unexpected: [...runs.keys()].filter((id) => !enqueueings.has(id)),
    wronglyDead: [...dead].filter(([id, why]) => !mayBeDead(enqueueings.get(id), why)).map(([id]) => id),
    dead: dead.size,
    overtaken: mostOvertaken(resolved, runs, struck),
    recovery: longestRecovery(evidence, runs),
  }
}

/** The promises that were broken, in words; `slots` tasks may run at once and so overtake another. */
export function violations(verdict: Verdict, slots: number): string[] {
  const told: readonly [ids: readonly string[], what: string][] = [
    [verdict.lost, 'were lost'],
    [verdict.unexplained, 'ran twice though no fault struck them'],
    [verdict.early, 'started before their delay was over'],
    [verdict.unexpected, 'ran though nobody enqueued them'],
    [verdict.wronglyDead, 'became dead letters though they were not to fail'],
  ]
  const broken = told.filter(([ids]) => ids.length > 0)
  const order =
    verdict.overtaken > slots ? [`${verdict.overtaken} tasks overtook one, and only ${slots} may`] : []
  return [...broken.map(([ids, what]) => `${ids.length} tasks ${what}: ${some(ids)}`), ...order]
}

function some(ids: readonly string[]): string {
  return ids.length > 5 ? `${ids.slice(0, 5).join(', ')}, …` : ids.join(', ')
}

const isDone = (run: Run) => run.done
const idsOf = (all: readonly Enqueueing[]) => all.map((one) => one.id)

function byTask(runs: readonly Run[]): Map<string, Run[]> {
  const grouped = new Map<string, Run[]>()
  for (const run of runs) grouped.set(run.id, [...(grouped.get(run.id) ?? []), run])
  return grouped
}

/** The tasks that were running when a fault struck. */
function struckTasks({ runs, strikes, standstills, enqueueings, doublesEnqueueings }: Evidence): Set<string> {
  const faults = [...strikes, ...standstills]
  const struck = new Set(
    runs.filter((run) => faults.some((fault) => strikesRun(fault, run))).map((run) => run.id),
  )
  if (!doublesEnqueueings) return struck
  for (const { id, begin, resolved, refused } of enqueueings.values())
    if (strikes.some((strike) => begin <= strike.end && (resolved ?? refused ?? Infinity) >= strike.begin))
      struck.add(id)
  return struck
}

function strikesRun({ begin, end, pids }: Strike, run: Run): boolean {
  if (pids && !pids.includes(run.pid)) return false
  // What a stopped process had been handed out it starts when it goes on.
  return run.begin <= end + SETTLING && (run.end ?? Infinity) + SETTLING >= begin
}

/** A clock that jumps ends a delay, or makes it longer: by that clock nothing was early. */
function isEarly({ begin, delay }: Enqueueing, runs: readonly Run[], strikes: readonly Strike[]): boolean {
  const due = begin + delay
  if (strikes.some((strike) => strike.jump && strike.begin <= due && strike.end >= begin)) return false
  return runs.some((run) => run.begin < due - CLOCK_TOLERANCE)
}

function mayBeDead(enqueueing: Enqueueing | undefined, why: string): boolean {
  return enqueueing?.kind === 'doomed' || why === 'TOO_MANY_DELIVERIES'
}

/** Of those that are handed out as they come: neither delayed nor struck. */
function mostOvertaken(
  resolved: readonly Enqueueing[],
  runs: ReadonlyMap<string, readonly Run[]>,
  struck: ReadonlySet<string>,
): number {
  const plain = resolved
    .filter((one) => one.delay === 0 && !struck.has(one.id))
    .map((one) => ({ ...one, started: runs.get(one.id)?.find((run) => run.attempt === 1)?.begin ?? 0 }))
    .sort((a, b) => a.begin - b.begin)
  return Math.max(0, ...plain.map((one, at) => overtakers(one, plain.slice(at + 1))))
}

type Started = Enqueueing & { readonly started: number }

/** How many of those that were enqueued later started before it. */
function overtakers({ resolved = Infinity, started }: Started, later: readonly Started[]): number {
  const end = later.findIndex((other) => other.begin > started)
  const meanwhile = end < 0 ? later : later.slice(0, end)
  return meanwhile.filter((other) => other.begin > resolved && other.started < started).length
}

function longestRecovery(
  { enqueueings, strikes }: Evidence,
  runs: ReadonlyMap<string, readonly Run[]>,
): number {
  const seconds = strikes.map(({ end }) => {
    const due = [...enqueueings.values()].filter((one) => (one.resolved ?? Infinity) + one.delay <= end)
    const ends = due.map(({ id }) => Math.min(...(runs.get(id) ?? []).map((run) => run.end ?? Infinity)))
    return Math.max(0, ...ends.filter(Number.isFinite).map((done) => done - end))
  })
  return Math.max(0, ...seconds)
}
