import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { BACKENDS } from './backends.js'
import { BEFORE, table } from './report.js'
import { SCENARIOS } from './scenarios/index.js'

const FILE = new URL('../../RESULTS.md', import.meta.url)

const HEAD = `# Results

Written by \`npm run bench\`; each section is of the last run of its scenario. A cell is the median of the rounds, how far
the rounds lie from it at most, and how many times better Alligator is than this contender in the same round (1 × is
equal). What earlier runs have reached of a target stands beside it, the latest first. What was compared and how:
[docs/measured-speed.md](../docs/measured-speed.md).`

/** Earlier runs that are kept. */
const MOST_BEFORE = 5

const ORDER = Object.keys(BACKENDS).flatMap((backend) =>
  Object.keys(SCENARIOS).map((scenario) => `${backend} · ${scenario}`),
)

/** Puts sections in the place of those of the same title, whose targets they remember, or among the others. */
export function saveSections(sections: readonly string[]): void {
  const kept = existsSync(FILE) ? readFileSync(FILE, 'utf8').split(/^## /m).slice(1) : []
  const byTitle = new Map(kept.map((text) => [titleOf(text), text]))
  for (const section of sections) {
    const text = section.slice(3)
    byTitle.set(titleOf(text), withHistory(text, byTitle.get(titleOf(text))))
  }
  const titles = ORDER.flatMap((title) =>
    [...byTitle.keys()].filter((one) => one === title || one.startsWith(`${title} · `)).toSorted(),
  )
  const sorted = titles.map((title) => byTitle.get(title) ?? '')
  writeFileSync(FILE, `${[HEAD, ...sorted.map((text) => `## ${text.trim()}`)].join('\n\n')}\n`)
}

function titleOf(text: string): string {
  return text.slice(0, text.indexOf('\n'))
}

/** The section, with what its predecessor has reached of each target. */
export function withHistory(section: string, former: string | undefined): string {
  if (former === undefined) return section
  const [, day = ''] = /(\d{4}-\d{2}-\d{2})\.$/m.exec(former) ?? []
  const before = new Map(
    targetsIn(former).map(([target, reached, , earlier = '']) => {
      const all = [`${reached} (${day})`, ...earlier.split(', ').filter((one) => one !== '')]
      return [target, all.slice(0, MOST_BEFORE).join(', ')]
    }),
  )
  const targets = targetsIn(section)
  if (targets.length === 0) return section
  const rows = targets.map(([target = '', reached = '', met = '']) => [
    target,
    reached,
    met,
    before.get(target) ?? '',
  ])
  const begin = section.indexOf('| target ')
  return `${section.slice(0, begin)}${table([['target', 'reached', '', BEFORE], ...rows])}`
}

/** The rows of the table of targets, if there is one. */
function targetsIn(section: string): string[][] {
  const begin = section.indexOf('| target ')
  if (begin < 0) return []
  const rows = section
    .slice(begin)
    .trim()
    .split('\n')
    .slice(2)
    .map((line) => line.split('|').slice(1, -1))
  return rows.map((cells) => cells.map((cell) => cell.trim()))
}
