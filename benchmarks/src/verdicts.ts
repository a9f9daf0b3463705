import { BACKENDS } from './backends.js'
import type { Result } from './runner.js'
import { SCENARIOS } from './scenarios/index.js'
import { median } from './statistics.js'
import { BEST_PEER, TARGETS, type Target } from './targets.js'

/** What came of one target. */
export interface Verdict {
  readonly target: string
  readonly reached: string
  readonly met: boolean
}

const OURS = 'Alligator'

/** The targets that a result says something about. */
export function judge(result: Result): Verdict[] {
  const targets = TARGETS[result.backend] ?? []
  return targets.flatMap((target) => {
    if (target.scenario !== result.scenario) return []
    const value = reach(result, target)
    if (value === undefined) return []
    const limit = target.atLeast ?? target.atMost ?? 0
    const met = target.atLeast === undefined ? value <= limit : value >= limit
    const times = target.of === undefined ? '' : ` × ${target.of}`
    const sign = target.atLeast === undefined ? '≤' : '≥'
    return [{ target: `${target.row}: ${sign} ${limit}${times}`, reached: round(value), met }]
  })
}

/** Our figure, as a multiple of what it is compared with; the median over the rounds of each round's ratio. */
function reach(result: Result, { row, of }: Target): number | undefined {
  const ours = result.figures[row]?.[OURS] ?? []
  const values = ours.flatMap((figure, round) => {
    const base = of === undefined ? 1 : baseOf(result, row, of, round)
    return figure === undefined || base === undefined ? [] : [figure / base]
  })
  return values.length > 0 ? median(values) : undefined
}

function baseOf(result: Result, row: string, of: string, round: number): number | undefined {
  if (of in result.figures) return result.figures[of]?.[OURS]?.[round]
  if (of !== BEST_PEER) return result.figures[row]?.[of]?.[round]
  const known = BACKENDS[result.backend]?.contenders ?? {}
  const peers = result.contenders.filter((name) => known[name]?.kind === 'peer')
  const figures = peers.flatMap((peer) => result.figures[row]?.[peer]?.[round] ?? [])
  if (figures.length === 0) return undefined
  return isMoreBetter(result.scenario, row) ? Math.max(...figures) : Math.min(...figures)
}

/** Whether a higher figure is the better one. */
export function isMoreBetter(scenario: string, row: string): boolean {
  return SCENARIOS[scenario]?.rows[row] === 'tasks/s'
}

function round(value: number): string {
  return String(Number(value.toPrecision(3)))
}
