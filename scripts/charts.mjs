// `node scripts/charts.mjs`: draws the charts of docs/benchmarks.md from benchmarks/RESULTS.md. With `--check` it only tells whether they
// are those of the figures.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './packages.mjs'

const folder = join(root, 'docs/public/charts')

/** What is drawn: one row of a section of the results, for each that was measured in it. */
const CHARTS = [
  ['redis-drain', 'redis · drain', 'concurrency 10', 'Redis: tasks per second, 10 at once'],
  ['redis-enqueue', 'redis · enqueue', 'in bulk, 100 a call', 'Redis: enqueued per second, 100 a call'],
  ['redis-latency', 'redis · latency', 'p50', 'Redis: an idle worker begins after, in ms (less is better)'],
  ['postgres-drain', 'postgres · drain', 'concurrency 10', 'PostgreSQL: tasks per second, 10 at once'],
  ['sqlite-drain', 'sqlite · drain', 'concurrency 10', 'SQLite: tasks per second, 10 at once'],
  ['beanstalkd-drain', 'beanstalkd · drain', 'concurrency 10', 'beanstalkd: tasks per second, 10 at once'],
  ['sqs-drain', 'sqs · drain', 'concurrency 10', 'SQS (emulator): tasks per second, 10 at once'],
  ['memory-drain', 'memory · drain', 'concurrency 10', 'Memory: tasks per second, 10 at once'],
]

const WIDTH = 640
const LABEL = 190
const ROW = 30
const TOP = 46
const LONGEST = WIDTH - LABEL - 84

/** The figures of one row, by contender: `[['Alligator', '66 k', 66000], …]`. */
function figuresOf(results, title, row) {
  const section = results.split(/^## /m).find((text) => text.startsWith(`${title}\n`))
  const lines = section?.split('\n').filter((line) => line.startsWith('|')) ?? []
  const cells = (line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim())
  const names = cells(lines[0] ?? '')
  const found = lines.find((line) => cells(line)[0]?.startsWith(`${row} (`))
  if (!found) return []
  return cells(found).flatMap((cell, at) => {
    const match = at > 0 && /^([\d.]+)( k| M)?/.exec(cell)
    if (!match) return []
    const unit = { ' k': 1e3, ' M': 1e6 }[match[2]] ?? 1
    return [[names[at], match[0], Number(match[1]) * unit]]
  })
}

function escape(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}

/** A chart of bars that is readable on light and dark pages, and by itself. */
function draw(title, figures) {
  const most = Math.max(...figures.map(([, , value]) => value))
  const height = TOP + ROW * figures.length + 14
  const bars = figures.map(([name, text, value], at) => {
    const y = TOP + ROW * at
    const width = Math.max(2, Math.round((LONGEST * value) / most))
    const kind = name === 'Alligator' ? 'ours' : name.startsWith('floor') ? 'floor' : 'peer'
    return `<text class="name" x="${LABEL - 12}" y="${y + 19}">${escape(name)}</text>
<rect class="${kind}" x="${LABEL}" y="${y + 5}" width="${width}" height="${ROW - 10}" rx="3"/>
<text class="value" x="${LABEL + width + 8}" y="${y + 19}">${text}</text>`
  })
  const summary = figures.map(([name, text]) => `${name} ${text}`).join(', ')
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="t d">
<title id="t">${escape(title)}</title>
<desc id="d">${escape(summary)}</desc>
<style>
text { font: 14px system-ui, sans-serif; fill: #3c3c43 }
.title { font-weight: 600; font-size: 15px }
.name { text-anchor: end }
.card { fill: #fff }
.ours { fill: #2f8f4e }
.peer { fill: #a9b0b8 }
.floor { fill: none; stroke: #a9b0b8; stroke-dasharray: 4 3 }
@media (prefers-color-scheme: dark) {
text { fill: #dfdfd6 }
.card { fill: #1b1b1f }
.ours { fill: #58c27d }
.peer { fill: #5b616a }
.floor { stroke: #7a818c }
}
</style>
<rect class="card" width="${WIDTH}" height="${height}" rx="8"/>
<text class="title" x="16" y="28">${escape(title)}</text>
${bars.join('\n')}
</svg>
`
}

/** The charts that the results have figures for, by file. */
function chartsOf(results) {
  return CHARTS.flatMap(([name, section, row, title]) => {
    const figures = figuresOf(results, section, row)
    return figures.length > 0 ? [[join(folder, `${name}.svg`), draw(title, figures)]] : []
  })
}

const charts = chartsOf(readFileSync(join(root, 'benchmarks/RESULTS.md'), 'utf8'))
if (process.argv.includes('--check')) {
  const stale = charts.filter(([file, text]) => !existsSync(file) || readFileSync(file, 'utf8') !== text)
  for (const [file] of stale) console.error(`${file} is not what RESULTS.md says: node scripts/charts.mjs`)
  process.exit(stale.length > 0 ? 1 : 0)
}
mkdirSync(folder, { recursive: true })
for (const [file, text] of charts) writeFileSync(file, text)
