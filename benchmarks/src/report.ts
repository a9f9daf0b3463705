import type { Result } from './runner.js'
import { SCENARIOS } from './scenarios/index.js'
import { median, spread } from './statistics.js'
import { isMoreBetter, judge } from './verdicts.js'

/** The contender that the ratios are about. */
const OURS = 'Alligator'
const UNKNOWN = '–'
/** The column for what earlier runs have reached. */
export const BEFORE = 'before'

/** One result as a section of the report. */
export function section(result: Result, facts: string): string {
  const scenario = SCENARIOS[result.scenario]
  const rows = Object.entries(scenario?.rows ?? {}).map(([row, unit]) => [
    `${row} (${unit})`,
    ...result.contenders.map((contender) => cell(result, row, contender)),
  ])
  const verdicts = judge(result).map(({ target, reached, met }) => [target, reached, met ? 'met' : 'missed'])
  return [
    `## ${titleOf(result)}`,
    `${scenario?.title}. ${result.version}; ${facts}.`,
    table([['', ...result.contenders], ...rows]),
    ...(verdicts.length > 0
      ? [table([['target', 'reached', '', BEFORE], ...verdicts.map((row) => [...row, ''])])]
      : []),
  ].join('\n\n')
}

/** What the report is kept under: a run on another Node.js than the oldest that is supported stands beside it. */
function titleOf({ backend, scenario }: Result): string {
  const major = process.versions.node.split('.')[0]
  return `${backend} · ${scenario}${major === '20' ? '' : ` · Node.js ${major}`}`
}

/** The median of the rounds, how far they lie from it, and how many times better ours is. */
function cell(result: Result, row: string, contender: string): string {
  const figures = (result.figures[row]?.[contender] ?? []).flatMap((figure) => figure ?? [])
  if (figures.length === 0) return UNKNOWN
  const lies = figures.length > 1 && median(figures) !== 0 ? ` ±${Math.round(100 * spread(figures))} %` : ''
  return `${short(median(figures))}${lies}${contender === OURS ? '' : ratio(result, row, contender)}`
}

function ratio(result: Result, row: string, contender: string): string {
  const theirs = result.figures[row]?.[contender] ?? []
  const ours = result.figures[row]?.[OURS] ?? []
  const ratios = theirs.flatMap((their, round) => {
    const our = ours[round]
    if (their === undefined || our === undefined || their <= 0 || our <= 0) return []
    return [isMoreBetter(result.scenario, row) ? our / their : their / our]
  })
  return ratios.length > 0 ? ` · ${Number(median(ratios).toPrecision(2))} ×` : ''
}

function short(value: number): string {
  if (value >= 10_000) return `${Math.round(value / 1000)} k`
  if (value >= 1000) return `${(value / 1000).toFixed(1)} k`
  if (value >= 100) return String(Math.round(value))
  return String(Number(value.toFixed(value >= 10 ? 1 : 2)))
}

export function table([head = [], ...rows]: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) =>
    Math.max(3, ...[head, ...rows].map((row) => row[column]?.length ?? 0)),
  )
  const line = (cells: readonly string[]) =>
    `| ${cells.map((text, column) => text.padEnd(widths[column] ?? 0)).join(' | ')} |`
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}
