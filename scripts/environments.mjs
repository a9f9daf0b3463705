// `npm run test:environments`: what becomes of a task in each of the environments that apps run in. Their tools come from npm, some
// hundred megabytes in all. Each app enqueues one task, and a second process of it works that off. It prints a table, which
// docs/environments.md has, and fails where a task is wrong, lost or buried, or refused without the way out.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { TOOLS } from './environments/apps.mjs'
import { ENVIRONMENTS } from './environments/table.mjs'
import { packAll, root, temporaryFolder } from './packages.mjs'
import { must, run } from './process.mjs'

const base = temporaryFolder('environments')

/** Gives the packed core. */
async function install() {
  const packed = await packAll()
  const [core, cli] = ['core', 'cli'].map(
    (name) => packed.find(({ manifest }) => manifest.name === `@alligator/${name}`).tarball,
  )
  writeFileSync(join(base, 'package.json'), JSON.stringify({ private: true }))
  await must(['npm', 'install', '--no-audit', '--no-fund', '--legacy-peer-deps', core, cli, ...TOOLS], {
    cwd: base,
  })
  // They fetch their own binaries when they are first called.
  for (const tool of ['bun', 'deno', 'node']) await must(['npx', tool, '--version'], { cwd: base })
  return core
}

function write(folder, files, app = '') {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    const text = typeof content === 'string' ? content : JSON.stringify(content)
    writeFileSync(join(folder, path), text.replace('file:CORE', `file:${tarball}`))
  }
  cpSync(join(root, 'scripts/environments/turn.cjs'), join(folder, app, 'turn.cjs'))
}

/** In an app, tools go by their place among those that are installed for all. */
const placed = (command) =>
  command.map((word) => (word.startsWith('node_modules/') ? join(base, word) : word))

/** Starts the app, and gives the line that it prints. */
async function turn(folder, { command, cwd = '', env = {} }, payload) {
  const { output } = await run(placed(command), {
    cwd: join(folder, cwd),
    env: { NO_COLOR: '1', ...env, ...(payload && { PAYLOAD: payload }) },
    timeout: 120,
  })
  const [, answer] = /RESULT (\{.*\})/.exec(output) ?? []
  return answer === undefined ? { output } : JSON.parse(answer)
}

/** What became of the task: `right`, the way out of the refusal, or what went wrong. */
async function outcome(environment, index) {
  const folder = join(base, environment.folder ?? `app-${index}/app`)
  const { app = environment.cwd } = environment
  write(folder, environment.files, app)
  environment.before?.(folder)
  if (environment.build) await must(placed(environment.build), { cwd: folder, env: environment.env })
  environment.after?.(folder)
  const { payload, code, message, output, ran } = await turn(folder, environment)
  if (environment.isWhole) return ran === 'sent 7' ? 'right' : `WRONG: ${output ?? ran}`
  if (code === 'UNREFERENCEABLE_FUNCTION') return wayOut(message)
  if (payload === undefined) return `WRONG: ${code ?? output}`
  const worked = await turn(folder, environment, payload)
  const { waiting, delayed, running, dead } = worked.counts ?? {}
  if (worked.ran === 'sent 7' && waiting + delayed + running + dead === 0) return 'right'
  return `WRONG: ${JSON.stringify(worked)}`
}

/** Of `… cannot be a task: why. How to go on. Or name it: registerTasks(…), in the producer and in the worker.` */
function wayOut(message) {
  const [, own = ''] = /.*\. ([A-Z].*?)\s*(?:Or name it|Name it): registerTasks\(/.exec(message) ?? []
  return own === '' ? '`registerTasks`' : `${own.replace(/\.$/, '')}; or \`registerTasks\``
}

const tarball = await install()
const documented = readFileSync(join(root, 'docs/environments.md'), 'utf8').replaceAll(/ +/g, ' ')
const [named] = process.argv.slice(2)
let missing = 0
console.log('| environment | app | becomes of the task |\n| --- | --- | --- |')
for (const [index, environment] of ENVIRONMENTS.entries()) {
  const { group, name, expected } = environment
  if (named && !`${group} ${name}`.includes(named)) continue
  const found = await outcome(environment, index).catch(({ message }) => `WRONG: ${message}`)
  const row = `| ${group} | ${name} | ${found === 'right' ? 'right' : `refused: ${found}`} |`
  console.log(row)
  if (found.startsWith('WRONG') || !found.includes(expected)) process.exitCode = 1
  if (!documented.includes(row)) missing += 1
}
if (missing > 0) {
  console.log(`\n${missing} rows are not in docs/environments.md as they are above.`)
  process.exitCode = 1
}
