// `npm run recording`: records a real run of `npm run quickstart` as pictures of a terminal in docs/public, for the README and the first page
// of the site: one that moves, and one that stands still for those who ask for that, which pictures in a page are not told. Long pauses are
// shortened; nothing else is changed. It needs `script` of util-linux.
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './packages.mjs'

const FOLDER = join(root, 'docs/public')
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

/** A text for each state of each line that is not its last, shown while it lasts. */
function animate({ lines, duration }) {
  const percent = (at) => `${((at / duration) * 100).toFixed(2)}%`
  const frames = [
    `.screen text{animation-duration:${duration.toFixed(1)}s;animation-timing-function:step-end;animation-iteration-count:infinite}`,
  ]
  const texts = lines.flatMap((states, row) =>
    states.map(({ at, text }, index) => {
      const name = `t${frames.length}`
      const next = states[index + 1]
      const until = next === undefined ? '' : `${percent(next.at)}{visibility:hidden}`
      const shown = `0%{visibility:hidden}${percent(at)}{visibility:visible}${until}`
      frames.push(`@keyframes ${name}{${shown}}.${name}{animation-name:${name}}`)
      return line(row, text, name)
    }),
  )
  return draw(lines, texts, frames.join('\n'))
}

const still = ({ lines }) =>
  draw(
    lines,
    lines.flatMap((states, row) => (states.length > 0 ? [line(row, states.at(-1).text)] : [])),
  )

const line = (row, text, name) =>
  `<text x="${MARGIN}" y="${BAR + MARGIN + FONT + row * LINE}"${name ? ` class="${name}"` : ''}>${markUp(text)}</text>`

function draw(lines, texts, animation = '') {
  const width = Math.round(COLUMNS * FONT * 0.61) + 2 * MARGIN
  const height = BAR + 2 * MARGIN + lines.length * LINE
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title">
<title id="title">A terminal in which ${COMMAND} runs</title>
<style>
.back{fill:#fff;stroke:#d0d7de}.bar{fill:#f6f8fa}.grey{fill:#8c959f}.green{fill:#2f7d4b}
text{font:${FONT}px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#1f2328;white-space:pre}
text.name{font-family:system-ui,sans-serif;font-size:13px;fill:#59636e}
@media (prefers-color-scheme:dark){.back{fill:#0d1117;stroke:#30363d}.bar{fill:#161b22}text{fill:#e6edf3}text.name{fill:#9198a1}.grey{fill:#484f58}.green{fill:#5cc583}}
${animation}
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

const recording = play(await record())
for (const [file, picture] of Object.entries({
  'quickstart.svg': animate(recording),
  'quickstart-still.svg': still(recording),
})) {
  writeFileSync(join(FOLDER, file), picture)
  console.log(`docs/public/${file}: ${(Buffer.byteLength(picture) / 1024).toFixed(1)} kB`)
}
