import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { BACKENDS } from './backends.js'
import { SCENARIOS } from './scenarios/index.js'

const FILE = new URL('../../RESULTS.md', import.meta.url)

const HEAD = `# Results

Written by \`npm run bench\`; each section is of the last run of its scenario. A cell is the median of the rounds, how far
the rounds lie from it at most, and how many times better Alligator is than this contender in the same round (1 × is
equal). What was compared and how: [docs/measured-speed.md](../docs/measured-speed.md).`

const ORDER = Object.keys(BACKENDS).flatMap((backend) =>
  Object.keys(SCENARIOS).map((scenario) => `${backend} · ${scenario}`),
)

/** Puts sections in the place of those of the same title, or among the others. */
export function saveSections(sections: readonly string[]): void {
  const kept = existsSync(FILE) ? readFileSync(FILE, 'utf8').split(/^## /m).slice(1) : []
  const byTitle = new Map(
    [...kept, ...sections.map((text) => text.slice(3))].map((text) => [titleOf(text), text]),
  )
  const sorted = ORDER.flatMap((title) => byTitle.get(title) ?? [])
  writeFileSync(FILE, `${[HEAD, ...sorted.map((text) => `## ${text.trim()}`)].join('\n\n')}\n`)
}

function titleOf(text: string): string {
  return text.slice(0, text.indexOf('\n'))
}
