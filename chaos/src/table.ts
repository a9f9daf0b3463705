import { execFileSync } from 'node:child_process'
import { cpus, release } from 'node:os'
import type { Arguments } from './arguments.js'
import type { Case } from './case.js'

const COLUMNS = [
  'backend',
  'what goes wrong',
  'how often',
  'tasks',
  'lost',
  'run twice',
  'of those running then',
  'dead letters',
  'ticks',
  'missing',
  'double',
  'seconds until all were done',
]

/** What the cases have in common. */
export interface Run {
  readonly settings: Arguments
  readonly commit: string
  /** How long all of it took. */
  readonly seconds: number
}

/** One case in a line, while others are still running. */
export function summary(one: Case): string {
  const name = `${one.kind.name} · ${one.fault.name}`
  if (one.skipped !== undefined) return `SKIPPED ${name}: ${one.skipped}`
  if (one.broken !== undefined) return `FAILED ${name}: ${one.broken}`
  if (!one.result) return name
  const { problems, strikes, verdict } = one.result
  const { tasks, lost, twice, struck, dead, ticks, missing, double, recovery, waited } = verdict
  const { overtaken, standstills } = verdict
  const figures =
    `${tasks} tasks, ${strikes} strikes, ${lost.length} lost, ${twice.length} run twice of ${struck} running then, ` +
    `${dead} dead letters, ${ticks} ticks, ${missing.length} missing, ${double.length} double, all done after ${recovery.toFixed(1)} s, ${waited} waited for the clock, overtaken by ${overtaken}, ${standstills} standstills of the machine`
  return problems.length > 0
    ? `FAILED ${name}: ${figures}\n  ${problems.join('\n  ')}`
    : `ok ${name}: ${figures}`
}

/** All cases as a table in Markdown, with the facts of the run. */
export async function table(cases: readonly Case[], run: Run): Promise<string> {
  const rows = cases.map(row)
  const widths = COLUMNS.map((title, at) =>
    Math.max(title.length, ...rows.map((cells) => cells[at]?.length ?? 0)),
  )
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`
  const head = [line(COLUMNS), line(widths.map((width) => '-'.repeat(width)))]
  return [await facts(cases, run), [...head, ...rows.map(line)].join('\n')].join('\n\n')
}

function row({ kind, fault, result, skipped, broken }: Case): string[] {
  if (!result)
    return [kind.name, fault.title, skipped ?? broken ?? '', ...Array<string>(COLUMNS.length - 3).fill('–')]
  const { tasks, lost, twice, struck, dead, ticks, missing, double, recovery, waited } = result.verdict
  const done = `${recovery.toFixed(1)}${waited > 0 ? `; ${waited} when the clock got there` : ''}`
  // A store without schedules has none.
  const ticked = ticks > 0 ? [ticks, missing.length, double.length] : ['–', '–', '–']
  const figures = [tasks, lost.length, twice.length, struck, dead, ...ticked, result.strikes > 0 ? done : '–']
  return [kind.name, fault.title, result.strikes, ...figures].map(String)
}

async function facts(cases: readonly Case[], { settings, commit, seconds }: Run): Promise<string> {
  const kinds = [...new Set(cases.map(({ kind }) => kind))]
  const versions = await Promise.all(kinds.map(async (kind) => `${await kind.version()} (${kind.setup})`))
  const { workers, concurrency, rate, lease, jobs, seed } = settings
  const standstills = cases.reduce((sum, { result }) => sum + (result?.verdict.standstills ?? 0), 0)
  return [
    `${new Date().toISOString().slice(0, 10)}, ${commit}, Node.js ${process.versions.node}, Linux ${release()}, ${cpus().length} cores.`,
    `${cases.length} trials of ${settings.seconds} s each, ${jobs} at a time, in ${Math.round(seconds / 60)} minutes;`,
    `${workers} workers of ${concurrency} tasks at once, ${rate} tasks enqueued a second, a lease of ${lease} s, \`--seed ${seed}\`.`,
    `${versions.join(', ')}.`,
    ...(standstills > 0
      ? [`The machine itself stood still ${standstills} times, which counts as a fault.`]
      : []),
  ].join(' ')
}

/** Which version of the code runs; asked at the start, since it may change meanwhile. */
export function commitName(): string {
  try {
    return `commit ${execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()}`
  } catch {
    return 'no commit'
  }
}
