// `npm run recording`: records a real run of `npm run quickstart` as an animated picture of a terminal, docs/public/quickstart.svg, for the
// README and the first page of the site. Long pauses are shortened; nothing else is changed. It needs `script` of util-linux.
import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from './packages.mjs'

const FILE = join(root, 'docs/public/quickstart.svg')
const COMMAND = 'npm run quickstart'
/** What follows is for those who are at the terminal. */
const END = /^Now by hand/

/** Seconds. */
const LONGEST_PAUSE = 0.7
const SHORTEST_STATE = 0.1
const KEYSTROKE = 0.06
const REST_AT_END = 6

const COLUMNS = 80
const FONT = 14
const LINE = 20
const MARGIN = 20
const BAR = 36

/** What the command writes to a terminal, as pairs of the time in seconds and the text. */
async function record() {
  const size = `stty cols ${COLUMNS} rows 40`
  const command = `${size}; npm run --silent quickstart`
  const child = spawn('script', ['-qefc', command, '/dev/null'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const chunks = []
  child.stdout.setEncoding('utf8').on('data', (text) => chunks.push([performance.now() / 1000, text]))
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve))
  if (code === 0) return chunks
  throw new Error(`${COMMAND} ended with ${code}:\n${chunks.map(([, text]) => text).join('')}`)
}

/** The lines of a terminal that has no colors and does not scroll, each with what it showed from when on. */
class Screen {
  lines = [[]]
  #text = ''

  write(text, at) {
    // A line that is written anew is cleared behind what is written; here it is cleared at once.
    const plain = text.replaceAll('\x1b[K', '').replaceAll('\r\n', '\n')
    for (const piece of plain.split(/(\n|\r)/)) {
      if (piece === '\n') this.#newLine(at)
      else this.#text = piece === '\r' ? '' : this.#text + piece
    }
    this.#show(at)
  }

  #newLine(at) {
    this.#show(at)
    this.lines.push([])
    this.#text = ''
  }

  #show(at) {
    const states = this.lines.at(-1)
    const last = states.at(-1)
    if (last?.text === this.#text || (last === undefined && this.#text === '')) return
    const isBrief = last !== undefined && at - last.at < SHORTEST_STATE
    states.splice(isBrief ? -1 : states.length, isBrief ? 1 : 0, {
      at: isBrief ? last.at : at,
      text: this.#text,
    })
  }
}

/** The command as it is typed, and then what it wrote. */
function play(chunks) {
  const screen = new Screen()
  let at = LONGEST_PAUSE
  screen.write('$ ', 0)
  for (const key of COMMAND) screen.write(key, (at += KEYSTROKE))
  screen.write('\n', (at += LONGEST_PAUSE))
  let [[before]] = chunks
  for (const [now, text] of chunks) {
    screen.write(text, (at += Math.min(now - before, LONGEST_PAUSE)))
    before = now
  }
  const end = screen.lines.findIndex((states) => END.test(states.at(-1)?.text ?? ''))
  const lines = screen.lines.slice(0, end < 0 ? undefined : end)
  while (lines.at(-1)?.length === 0) lines.pop()
  return { lines, duration: at + REST_AT_END }
}

const ESCAPES = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

const markUp = (text) =>
  text
    .replaceAll(/[&<>]/g, (character) => ESCAPES[character])
    .replace(/^\$ /, '<tspan class="green">$ </tspan>')
    .replace(/█+/, '<tspan class="green">$&</tspan>')
    .replace(/░+/, '<tspan class="grey">$&</tspan>')

/** Each state of each line is a text of its own, which is shown while it lasts. */
function draw({ lines, duration }) {
  const percent = (at) => `${((at / duration) * 100).toFixed(2)}%`
  const texts = []
  const frames = []
  for (const [row, states] of lines.entries())
    for (const [index, { at, text }] of states.entries()) {
      const name = `t${texts.length}`
      const next = states[index + 1]
      const until = next === undefined ? '' : `${percent(next.at)}{visibility:hidden}`
      frames.push(
        `@keyframes ${name}{0%{visibility:hidden}${percent(at)}{visibility:visible}${until}}.${name}{animation-name:${name}}`,
      )
      const y = BAR + MARGIN + FONT + row * LINE
      texts.push(
        `<text x="${MARGIN}" y="${y}" class="${name}${next === undefined ? ' last' : ''}">${markUp(text)}</text>`,
      )
    }
  const width = Math.round(COLUMNS * FONT * 0.61) + 2 * MARGIN
  const height = BAR + 2 * MARGIN + lines.length * LINE
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title about">
<title id="title">A terminal in which ${COMMAND} runs</title>
<desc id="about">A recording, with pauses shortened. ${lines
    .map((states) => (states.at(-1)?.text ?? '').trim())
    .filter((text) => text !== '')
    .join('. ')
    .replaceAll(/[&<>█░]/g, '')}</desc>
<style>
.back{fill:#fff;stroke:#d0d7de}.bar{fill:#f6f8fa}.name,.grey{fill:#8c959f}.green{fill:#2f7d4b}
text{font:${FONT}px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#1f2328;white-space:pre}
text.name{font-family:system-ui,sans-serif;font-size:13px;fill:#59636e}
.screen text{visibility:hidden}.screen .last{visibility:visible}
@media (prefers-color-scheme:dark){.back{fill:#0d1117;stroke:#30363d}.bar{fill:#161b22}text{fill:#e6edf3}text.name{fill:#9198a1}.grey{fill:#484f58}.green{fill:#5cc583}}
@media (prefers-reduced-motion:no-preference){.screen text{animation-duration:${duration.toFixed(1)}s;animation-timing-function:step-end;animation-iteration-count:infinite}
${frames.join('\n')}}
</style>
<rect x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="8" class="back"/>
<path d="M1 ${BAR}V8.5A7.5 7.5 0 0 1 8.5 1H${width - 8.5}a7.5 7.5 0 0 1 7.5 7.5V${BAR}Z" class="bar"/>
<circle cx="20" cy="18" r="6" fill="#f47067"/><circle cx="40" cy="18" r="6" fill="#e0b341"/><circle cx="60" cy="18" r="6" fill="#57ab5a"/>
<text x="${width / 2}" y="23" text-anchor="middle" class="name">alligator</text>
<g class="screen">
${texts.join('\n')}
</g>
</svg>
`
}

const svg = draw(play(await record()))
mkdirSync(dirname(FILE), { recursive: true })
writeFileSync(FILE, svg)
console.log(`${FILE}: ${(Buffer.byteLength(svg) / 1024).toFixed(1)} kB`)
