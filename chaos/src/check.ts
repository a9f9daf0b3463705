import type { Enqueueing, History, Run, StepNote, Strike } from './history.js'

/** What a trial has left behind. */
export interface Evidence extends History {
  readonly strikes: readonly Strike[]
  /** When what had been put off by a clock was made due. */
  readonly settled: number
  /** The dead letters in the store: of which task, and why. */
  readonly dead: ReadonlyMap<string, string>
  /** An enqueueing whose answer is lost may be in the store twice; so not only a lease that lapsed makes tasks run twice. */
  readonly doublesEnqueueings: boolean
  /** Seconds. */
  readonly lease: number
  /** The clock that schedules go by jumped, so that a tick which is missing proves nothing. */
  readonly ticksJump: boolean
  /** A clock jumped, by which results may have expired. */
  readonly resultsJump: boolean
  /** The ids of tasks that killed whoever ran them. Only these may then have been handed out too often. */
  readonly poisons: ReadonlySet<string>
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
  /** How many ticks of schedules have run. */
  readonly ticks: number
  /** Ticks between the first and the last one of a schedule that have not. */
  readonly missing: readonly string[]
  /** Ticks that ran twice though no fault struck them: they have made two tasks. */
  readonly double: readonly string[]
  /** Steps that were made again after they had been kept. */
  readonly repeated: readonly string[]
  /** Those of whose results somebody was not told, or told wrong. */
  readonly unanswered: readonly string[]
  /** Run twice though no lease can have lapsed in between. */
  readonly tooSoon: readonly string[]
  /** How many with a key were enqueued. */
  readonly keyed: number
  /** Were there beside another one with their key. */
  readonly together: readonly string[]
  /** Ran though another one with their key was there when they were enqueued. */
  readonly duplicates: readonly string[]
  /** Started before their delay was over. */
  readonly early: readonly string[]
  /** Run though nobody enqueued them. */
  readonly unexpected: readonly string[]
  /** Dead letters that are neither doomed to fail nor were handed out too often. */
  readonly wronglyDead: readonly string[]
  readonly dead: number
  /** The most tasks that were enqueued after one and yet started before it in the same process. */
  readonly overtaken: number
  /** Seconds from the end of a strike until all that was due then was done: the longest. */
  readonly recovery: number
  /** How often the machine itself stood still for so long that leases may have lapsed. */
  readonly standstills: number
  /** How many tasks were not done before the clocks were set at the end. */
  readonly waited: number
}

/** Seconds in which a task that has run to its end is settled. */
const SETTLING = 0.5
/** Seconds within which a tick is written down, pushed, begun and struck off, on a machine that is busy. */
const TICKING = 3
/** Seconds by which the clocks of two processes that are not set may differ. */
const CLOCK_TOLERANCE = 0.005

/** How many later tasks are looked at to see whether they overtook one. */
const FURTHEST = 1000

/** Compares what was enqueued with what was run: after Jepsen's check of queues. */
export function check(evidence: Evidence): Verdict {
  const { enqueueings, dead, strikes } = evidence
  const standstills = evidence.standstills.map((one) => widened(one, strikes))
  const runs = byTask(evidence.runs)
  const resolved = [...enqueueings.values()].filter((one) => one.resolved !== undefined)
  const twice = [...runs].filter(([, all]) => all.filter(isDone).length > 1).map(([id]) => id)
  const excuses = { ...evidence, standstills, strikes: strikes.filter(({ keepsLeases }) => !keepsLeases) }
  const struck = struckTasks(excuses)
  const unexplained = twice.filter((id) => !struck.has(id))
  const tooSoon = twice.filter((id) => ranTooSoon(runs.get(id) ?? [], excuses))
  const ticks = [...runs].flatMap(([id, all]) => (isTick(id) && all.some(isDone) ? [id] : []))
  return {
    tasks: resolved.length,
    lost: [
      ...idsOf(resolved).filter((id) => !dead.has(id) && !runs.get(id)?.some(isDone)),
      ...[...evidence.poisons].filter((id) => !dead.has(id)),
    ],
    twice,
    struck: struck.size,
    unexplained,
    ticks: ticks.length,
    missing: evidence.ticksJump ? [] : missingOf(ticks),
    double: [...unexplained, ...tooSoon].filter(isTick),
    repeated: repeatedOf(evidence.steps),
    unanswered: unansweredOf(evidence),
    tooSoon,
    keyed: resolved.filter(({ key }) => key !== undefined).length,
    together: togetherOf([...enqueueings.values()], runs),
    duplicates: idsOf([...enqueueings.values()].filter(({ id, isDuplicate }) => isDuplicate && runs.has(id))),
    early: idsOf([...enqueueings.values()].filter((one) => isEarly(one, runs.get(one.id) ?? [], strikes))),
    unexpected: [...runs.keys()].filter((id) => !enqueueings.has(id) && !isTick(id)),
    wronglyDead: [...dead].filter(([id, why]) => !mayBeDead(id, why, evidence)).map(([id]) => id),
    dead: dead.size,
    overtaken: mostOvertaken(resolved, runs, struck),
    standstills: standstills.filter(({ pids }) => pids === undefined).length,
    ...recoveryOf(evidence, runs),
  }
}

/** The promises that were broken, in words; `slots` tasks start at once in a process and may so overtake another. */
export function violations(verdict: Verdict, slots: number): string[] {
  const told: readonly [ids: readonly string[], what: string][] = [
    [verdict.lost, 'were lost'],
    [verdict.unexplained, 'ran twice though no fault struck them'],
    [verdict.tooSoon, 'ran twice though their leases cannot have lapsed in between'],
    [verdict.missing, 'are missing of those that schedules were to push'],
    [verdict.repeated, 'made steps again that had been kept'],
    [verdict.unanswered, 'left somebody without an answer, or with a wrong one'],
    [verdict.together, 'were there beside another one with their key'],
    [verdict.duplicates, 'ran though another one with their key was there'],
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

/**
 * Those that were enqueued, or begun, before the one with their key that ran before them had come to its end. No fault excuses that: a
 * task has its key until it is settled, whoever dies meanwhile.
 */
function togetherOf(enqueueings: readonly Enqueueing[], runs: ReadonlyMap<string, readonly Run[]>): string[] {
  const ran = enqueueings.flatMap(({ id, key, resolved = Infinity }) => {
    const all = runs.get(id) ?? []
    const ends = all.filter(isDone).flatMap(({ end }) => end ?? [])
    if (key === undefined || ends.length === 0) return []
    const begin = Math.min(...all.map((one) => one.begin))
    return [{ id, key, begin, entered: Math.min(begin, resolved), end: Math.min(...ends) }]
  })
  ran.sort((a, b) => a.begin - b.begin)
  return ran.flatMap((one, at) => {
    const before = ran.slice(0, at).findLast(({ key }) => key === one.key)
    return before && one.entered < before.end ? [one.id] : []
  })
}

/** Whether a task is one that a schedule has pushed: its id says so. */
function isTick(id: string): boolean {
  return id.startsWith('schedule:')
}

function repeatedOf(steps: readonly StepNote[]): string[] {
  const kept = new Map<string, number>()
  for (const { id, step, isKept, at } of steps)
    if (isKept) kept.set(`${id} ${step}`, Math.min(at, kept.get(`${id} ${step}`) ?? Infinity))
  return steps.flatMap(({ id, step, isKept, at }) => {
    const first = kept.get(`${id} ${step}`) ?? Infinity
    return !isKept && at > first ? [`${id} (${step})`] : []
  })
}

/** A dead letter answers too; whether it should be one is asked elsewhere. */
function unansweredOf({ answers, dead, resultsJump }: Evidence): string[] {
  return [...answers].flatMap(([id, code]) => {
    const isFine =
      code === '' || (code === 'TASK_FAILED' && dead.has(id)) || (code === 'RESULT_GONE' && resultsJump)
    return isFine ? [] : [`${id} (${code})`]
  })
}

/** The seconds between the first and the last tick of each schedule that have no tick. */
function missingOf(ids: readonly string[]): string[] {
  const seconds = new Map<string, Set<number>>()
  for (const id of ids) {
    const [name = '', time = ''] = id.split('@')
    seconds.set(name, (seconds.get(name) ?? new Set()).add(Date.parse(time) / 1000))
  }
  return [...seconds].flatMap(([name, made]) => {
    const last = Math.max(...made)
    const missing: string[] = []
    for (let time = Math.min(...made); time < last; time += 1)
      if (!made.has(time)) missing.push(`${name}@${time}`)
    return missing
  })
}

/** The tasks that were running when a fault struck. */
function struckTasks(evidence: Evidence): Set<string> {
  const { runs, strikes, standstills, enqueueings, doublesEnqueueings } = evidence
  const faults = [...strikes, ...standstills]
  const isStruck = (what: Span) => faults.some((fault) => meet(fault, what))
  const struck = runs.filter(isStruck).map(({ id }) => id)
  if (!doublesEnqueueings) return new Set(struck)
  const pushes = [...enqueueings.values()].map((one) => ({ ...one, end: one.resolved ?? one.refused }))
  // Which worker has pushed a tick nobody knows, nor exactly when.
  const pushed = byTask(runs.filter(({ id }) => isTick(id)))
  const ticked = [...pushed].flatMap(([id, all]) => {
    const first = Math.min(...all.map(({ begin }) => begin))
    const span = { pid: 0, begin: first - TICKING, end: first + TICKING }
    return faults.some((fault) => meet({ ...fault, pids: undefined }, span)) ? [{ id }] : []
  })
  return new Set([...struck, ...[...pushes.filter(isStruck), ...ticked].map(({ id }) => id)])
}

/**
 * When a process stood still though nobody had stopped it, the machine had too much to do, and others will have stood
 * still as well, such as the server.
 */
function widened(standstill: Strike, strikes: readonly Strike[]): Strike {
  const { begin, end, pids = [] } = standstill
  const isMeant = strikes.some(
    (strike) => strike.begin <= end && strike.end >= begin && strike.pids?.some((pid) => pids.includes(pid)),
  )
  return isMeant ? standstill : { ...standstill, pids: undefined }
}

/** Something that a process did. */
interface Span {
  readonly pid: number
  readonly begin: number
  readonly end: number | undefined
}

function meet({ begin, end, pids }: Strike, span: Span): boolean {
  if (pids && !pids.includes(span.pid)) return false
  // What a stopped process had been handed out it starts when it goes on.
  return span.begin <= end + SETTLING && (span.end ?? Infinity) + SETTLING >= begin
}

/** Renewals keep a lease through whatever is over sooner than a third of it, unless a clock jumps. */
function ranTooSoon(runs: readonly Run[], evidence: Evidence): boolean {
  const { lease, strikes, standstills, doublesEnqueueings } = evidence
  const [first = 0, second = Infinity] = runs
    .filter(isDone)
    .map(({ begin }) => begin)
    .sort((a, b) => a - b)
  if (doublesEnqueueings || second - first > lease - SETTLING) return false
  return ![...strikes, ...standstills].some(
    ({ begin, end, jump }) => (jump || end - begin > lease / 3) && begin <= second && end >= first - lease,
  )
}

/** A clock that jumps ends a delay, or makes it longer: by that clock nothing was early. */
function isEarly({ begin, delay }: Enqueueing, runs: readonly Run[], strikes: readonly Strike[]): boolean {
  const due = begin + delay
  if (strikes.some((strike) => strike.jump && strike.begin <= due && strike.end >= begin)) return false
  return runs.some((run) => run.begin < due - CLOCK_TOLERANCE)
}

/** Where one task kills its workers, those beside it must not die with it. */
function mayBeDead(id: string, why: string, { enqueueings, poisons }: Evidence): boolean {
  if (poisons.has(id) || enqueueings.get(id)?.kind === 'doomed') return true
  return poisons.size === 0 && why === 'TOO_MANY_DELIVERIES'
}

/** Of those that are handed out as they come: neither delayed nor struck. */
function mostOvertaken(
  resolved: readonly Enqueueing[],
  runs: ReadonlyMap<string, readonly Run[]>,
  struck: ReadonlySet<string>,
): number {
  const plain = resolved
    .filter((one) => one.delay === 0 && !struck.has(one.id))
    .flatMap((one) => {
      const first = runs.get(one.id)?.find((run) => run.attempt === 1)
      return first ? [{ ...one, pid: first.pid, started: first.begin }] : []
    })
    .sort((a, b) => a.begin - b.begin)
  return most(plain.map((one, at) => overtakers(plain, at, one)))
}

type Started = Enqueueing & { readonly started: number }

/** How many of those that were enqueued after one started before it, in the same process. */
function overtakers(
  plain: readonly Started[],
  at: number,
  { resolved = Infinity, pid, started }: Started,
): number {
  let count = 0
  for (const other of plain.slice(at + 1, at + 1 + FURTHEST)) {
    if (other.begin > started) break
    if (other.pid === pid && other.begin > resolved && other.started < started) count += 1
  }
  return count
}

/** The largest of them, or 0; they may be too many for `Math.max`. */
function most(numbers: readonly number[]): number {
  return numbers.reduce((largest, number) => Math.max(largest, number), 0)
}

function recoveryOf(
  { enqueueings, strikes, settled }: Evidence,
  runs: ReadonlyMap<string, readonly Run[]>,
): Pick<Verdict, 'recovery' | 'waited'> {
  const meant = strikes.filter(({ begin }) => begin < settled)
  const last = most(meant.map(({ end }) => end))
  const done = [...enqueueings.values()].flatMap(({ id, resolved = Infinity, delay }) => {
    const ends = (runs.get(id) ?? []).flatMap((run) => (run.done && run.end) || [])
    return ends.length > 0 && resolved + delay <= last
      ? [{ due: resolved + delay, end: Math.min(...ends) }]
      : []
  })
  const inTime = done.filter(({ end }) => end < settled)
  const seconds = meant.map((strike) =>
    most(inTime.filter(({ due }) => due <= strike.end).map(({ end }) => end - strike.end)),
  )
  return { recovery: most(seconds), waited: done.length - inTime.length }
}
