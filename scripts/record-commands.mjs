// `npm run docs:record`: plays a session of the built command line on an app of its own (scripts/command-line/app), and writes
// what the commands print into docs/command-line.md. Needed where what a command prints has changed; it needs no server but a file.
import { spawn } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { format, resolveConfig } from 'prettier'
import { fill, partsOf } from './command-line/page.mjs'
import { root, temporaryFolder } from './packages.mjs'

const { spawn: spawnTerminal } = createRequire(join(root, 'packages/cli/package.json'))('@lydell/node-pty')
const { Terminal } = createRequire(join(root, 'packages/cli/package.json'))('@xterm/headless')
const page = join(root, 'docs/command-line.md')
const folder = temporaryFolder('record')
const app = join(folder, 'sosocial')
const bin = join(folder, 'bin')
const ids = new Map()
const recorded = new Map()

function makeApp() {
  cpSync(join(root, 'scripts/command-line/app'), app, { recursive: true })
  mkdirSync(join(app, 'node_modules/@alligator'), { recursive: true })
  for (const name of ['core', 'sqlite', 'cli'])
    symlinkSync(join(root, 'packages', name), join(app, 'node_modules/@alligator', name))
  mkdirSync(bin)
  const command = join(root, 'packages/cli/dist/esm/alligator.js')
  writeFileSync(join(bin, 'alligator'), `#!/bin/sh\nexec '${process.execPath}' '${command}' "$@"\n`)
  chmodSync(join(bin, 'alligator'), 0o755)
}

const env = {
  ...process.env,
  PATH: `${bin}:${process.env.PATH}`,
  ALLIGATOR_CONN: './gator.js',
  NO_COLOR: '1',
}

/** Runs a line of the shell; with `until`, ends it once it has printed that. */
function shell(line, { until, cwd = app } = {}) {
  const child = spawn('sh', ['-c', `exec ${line} 2>&1`], { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text
    if (until?.test(output)) child.kill('SIGTERM')
  })
  const limit = setTimeout(() => child.kill('SIGKILL'), 30_000)
  return new Promise((resolve) =>
    child.on('close', () => {
      clearTimeout(limit)
      resolve(output)
    }),
  )
}

/** As it would be on somebody's server, without the part of a stack that is not the app's. */
const anywhere = (text) =>
  text
    .replaceAll(app, '/srv/sosocial')
    .replaceAll(hostname(), 'vm')
    .replaceAll(/(?:^ +at .*packages\/core\/dist.*\n| +at AsyncLocalStorage.*\n)+/gm, '      …\n')
    .trimEnd()

/** Plays calls; `{dead}` is the id that was noted under that name. */
async function record(name, calls, options) {
  const lines = []
  for (const call of calls) {
    const line = call.replaceAll(/\{([a-z]+)\}/g, (_, key) => ids.get(key))
    lines.push(`$ ${line}`, anywhere(await shell(line, options)))
  }
  recorded.set(`recorded: ${name}`, `\`\`\`text\n${lines.join('\n')}\n\`\`\``)
}

const seed = async (part) => shell(`'${process.execPath}' seed.js ${part}`)

async function note(name, call) {
  const { tasks } = JSON.parse(await shell(call))
  ids.set(name, tasks[0].taskId)
}

/** Starts a worker on what takes long, and resolves once it runs what it can. */
async function startWorker() {
  const worker = spawn(join(bin, 'alligator'), ['worker', '--queue', 'videos', '--concurrency', '2'], {
    cwd: app,
    env,
    stdio: 'ignore',
  })
  for (;;) {
    const { queues, workers } = JSON.parse(await shell('alligator status --json'))
    if (workers[0]?.running === 2 && queues.some(({ running }) => running === 2)) return worker
  }
}

/** What `alligator top` has on a screen. */
async function recordTop() {
  const size = { cols: 100, rows: 30 }
  const screen = new Terminal({ ...size, allowProposedApi: true })
  const top = spawnTerminal(join(bin, 'alligator'), ['top'], {
    ...size,
    name: 'xterm-256color',
    cwd: app,
    env,
  })
  const lines = () =>
    Array.from({ length: size.rows }, (_, row) => screen.buffer.active.getLine(row).translateToString(true))
  await new Promise((resolve) =>
    top.onData((data) => screen.write(data, () => lines().at(-1).includes('quit') && resolve())),
  )
  const shown = anywhere(lines().join('\n'))
  top.kill('SIGTERM')
  recorded.set('recorded: top', `\`\`\`text\n${shown}\n\`\`\``)
}

makeApp()
mkdirSync(join(folder, 'shop'))
writeFileSync(join(folder, 'shop/package.json'), '{ "name": "shop", "type": "module" }\n')
await record('init', ['alligator init'], { cwd: join(folder, 'shop') })
await record('enqueue', [
  `alligator enqueue 'emails#sendPostEmail' '[1, 9]'`,
  `alligator enqueue 'emails#sendDigest' '["2026-W48"]' --delay 5m --retries 3`,
  `alligator enqueue 'emails#sendDigests' '["2026-W48"]'`,
])
await seed('work')
await record('worker', ['alligator worker --queue mail,pictures --burst'])
await note('dead', 'alligator dead --queue pictures --json')
await note('other', 'alligator dead --queue mail --json')
await note('delayed', 'alligator list --state delayed --json')
await record('dead', ['alligator dead'])
await record('show', ['alligator show {dead}'])
await seed('videos')
const worker = await startWorker()
await record('status', ['alligator status'])
await record('list', ['alligator list --limit 4'])
await recordTop()
worker.kill('SIGKILL')
await record('retry', [
  'alligator retry {dead}',
  'alligator retry --task sendPostEmail --error 550 --dry-run',
  'alligator retry --task sendPostEmail --error 550 --yes',
])
await record('expedite', ['alligator expedite {delayed}'])
await record('cancel', ['alligator cancel {other}'])
await record('pause', [
  `alligator pause --queue mail --for 1h --reason 'the mail server moves'`,
  'alligator paused',
  'alligator resume --queue mail',
])
await seed('schedules')
await record('schedules', [
  'alligator schedules',
  'alligator schedules next digest --count 2',
  'alligator schedules pause clean-up',
  'alligator schedules run digest',
])
await record('check', ['alligator check ./emails.js'])
await record('doctor', ['alligator doctor'])
await record('move', ['alligator move ./gator.js sqlite://moved.db --queue mail'])
await record('drop', ['alligator drop pictures --dry-run', 'alligator drop pictures --yes'])
await record('metrics', ['alligator metrics --port 127.0.0.1:9464'], { until: /\/metrics/ })
await record('dashboard', ['alligator dashboard'], { until: /Ctrl-C/ })

const before = readFileSync(page, 'utf8')
const homeless = [...recorded.keys()].filter((name) => !partsOf(before).includes(name))
if (homeless.length > 0) throw new Error(`docs/command-line.md has no place for ${homeless.join(', ')}.`)
const options = { ...(await resolveConfig(page)), filepath: page }
writeFileSync(page, await format(fill(before, recorded), options))
console.log('docs/command-line.md has what the commands printed. Read it before you commit it.')
