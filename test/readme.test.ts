import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

const root = join(__dirname, '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const readme = read('README.md')

/** The cells of each row of the tables that are in a text. */
const rows = (text: string) =>
  [...text.matchAll(/^\| (.*) \|$/gm)].map(([, row = '']) => row.split('|').map((cell) => cell.trim()))

/** What `npm run chaos -- --write` found, added up. */
function chaos(): { stores: number; faults: number; tasks: number; lost: number } {
  const [, table = ''] =
    /<!-- Written by .*? -->(.*?)<!-- The end/s.exec(read('docs/measured-faults.md')) ?? []
  const trials = rows(table).filter(([, , faults = '']) => /^\d+$/.test(faults))
  const sum = (column: number) => trials.reduce((total, cells) => total + Number(cells[column]), 0)
  return { stores: new Set(trials.map(([store]) => store)).size, faults: sum(2), tasks: sum(3), lost: sum(4) }
}

const STORES: Readonly<Record<string, string>> = {
  redis: 'Redis',
  postgres: 'PostgreSQL',
  sqlite: 'SQLite',
  beanstalkd: 'beanstalkd',
  sqs: 'SQS',
}

/** How many tasks a second each store drained at concurrency 10, beside the first of its contenders. */
function speeds(): string[] {
  const sections = read('benchmarks/RESULTS.md').split(/^## /m)
  return sections.flatMap((section) => {
    const [, backend = ''] = /^(\w+) · drain\n/.exec(section) ?? []
    const store = STORES[backend]
    const [heads, ...others] = rows(section)
    const [, ours, best] = others.find(([name]) => name?.startsWith('concurrency 10 ')) ?? []
    return store === undefined
      ? []
      : [`${store} ${ours?.split(' ±')[0]} (${best?.split(' · ')[1]} ${heads?.[2]})`]
  })
}

const index = read('docs/index.md')
const NUMBERS = 'no one two three four five six seven eight nine ten eleven twelve thirteen fourteen'.split(
  ' ',
)

test('what was lost adds up to what docs/measured-faults.md has', () => {
  const { stores, faults, tasks, lost } = chaos()
  expect(readme).toContain(`**Lost: ${lost} of ${tasks.toLocaleString('en')} tasks**`)
  expect(readme).toContain(`${faults} times on ${NUMBERS[stores]} stores and set-ups of them`)
  expect(index).toContain(`**${lost} of ${tasks.toLocaleString('en')}** tasks lost`)
})

test.each(speeds())('the README says, as benchmarks/RESULTS.md does: %s', (speed) => {
  expect(readme).toContain(speed)
})

test('the first page of the site says how many times as fast as benchmarks/RESULTS.md does', () => {
  const ratio = (peer: string) => new RegExp(`\\((\\S+ ×) ${peer}\\)`).exec(speeds().join())?.[1]
  expect(index).toContain(`**${ratio('BullMQ')}** as many tasks a second as BullMQ on Redis`)
  expect(index).toContain(`and ${ratio('plainjob')} plainjob on SQLite`)
})

test('the recorded terminal is small, and there is one that stands still', () => {
  expect(statSync(join(root, 'docs/public/quickstart.svg')).size).toBeLessThan(60_000)
  expect(read('docs/public/quickstart.svg')).toContain('animation')
  expect(read('docs/public/quickstart-still.svg')).not.toContain('animation')
  const picture = /prefers-reduced-motion: reduce\)" srcset="[^"]*quickstart-still\.svg"/
  for (const document of ['README.md', 'docs/index.md']) expect(read(document)).toMatch(picture)
})
