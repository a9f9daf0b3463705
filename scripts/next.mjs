// `npm run test:next`: an app on the newest Next.js (examples/nextjs), which comes from npm with some 400 megabytes. A route handler and a
// server action enqueue, a worker in the instrumentation runs, under webpack and under Turbopack: once built, and once in development,
// where a task is edited between two calls. The dashboard is the route of one page, and streams.
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { packAll, root, temporaryFolder } from './packages.mjs'
import { freePort, must, runDuring } from './process.mjs'

const app = temporaryFolder('next')
const PASSWORD = 'later'
const IN_APP = { cwd: app, env: { NEXT_TELEMETRY_DISABLED: '1', QUEUES_PASSWORD: PASSWORD } }
const next = (...args) => [process.execPath, join(app, 'node_modules/next/dist/bin/next'), ...args]

async function install() {
  cpSync(join(root, 'examples/nextjs'), app, {
    recursive: true,
    filter: (path) => !/\/(?:node_modules|\.next)$/.test(path),
  })
  const ours = (await packAll()).filter(({ manifest }) => /\/(?:core|dashboard|sqlite)$/.test(manifest.name))
  const sqlite = createRequire(join(root, 'packages/sqlite/package.json'))
  const manifest = sqlite.resolve('better-sqlite3/package.json')
  const packages = [
    ...ours.map(({ tarball }) => tarball),
    `better-sqlite3@${sqlite(manifest).version}`,
    'next@latest',
    'react@latest',
    'react-dom@latest',
    'typescript@5.9',
    '@types/node@20',
    '@types/react@latest',
  ]
  await must(['npm', 'install', '--ignore-scripts', '--no-audit', '--no-fund', ...packages], IN_APP)
  // The driver comes from npm like the rest; only the minute of compiling it once more is saved.
  const addon = 'build/Release/better_sqlite3.node'
  cpSync(join(dirname(manifest), addon), join(app, 'node_modules/better-sqlite3', addon))
}

async function until(holds, what) {
  const end = performance.now() + 60_000
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`${what} has not happened within a minute.`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

const log = join(app, 'outbox.txt')
const hasRun = (line) => until(() => existsSync(log) && readFileSync(log, 'utf8').includes(line), line)

/** Starts a server, and ends it with what it printed where `use` fails. */
async function serving(command, flags, use) {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const start = next(command, ...flags, '-H', '127.0.0.1', '-p', String(port))
  await runDuring(start, IN_APP, async () => {
    await until(() => fetch(url).catch(() => undefined), `next ${command}`)
    await use(url)
  })
}

async function post(url, body) {
  const answer = await fetch(url, { method: 'POST', body })
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${(await answer.text()).slice(0, 2000)}`)
}

/** As a browser without JavaScript sends the form of the page. */
async function submit(url, email) {
  const page = await (await fetch(url)).text()
  const [, action] = /name="(\$ACTION_ID_[^"]+)"/.exec(page) ?? []
  if (action === undefined) throw new Error(`The page has no form with an action:\n${page.slice(0, 2000)}`)
  const form = new FormData()
  form.set(action, '')
  form.set('email', email)
  await post(url, form)
}

async function enqueueAll(url, word, suffix) {
  await post(`${url}/api/welcome`, `route ${suffix}`)
  await hasRun(`${word}, route ${suffix}!`)
  await submit(url, `action ${suffix}`)
  await hasRun(`${word}, action ${suffix}!`)
}

/** As a browser does it: the page, its script, what it shows, what it streams, and an action. Whoever is nobody sees nothing. */
async function visitDashboard(url) {
  const home = `${url}/queues`
  const authorization = `Basic ${btoa(`admin:${PASSWORD}`)}`
  const ask = async (path, init = {}) => {
    const answer = await fetch(path, { ...init, headers: { authorization, ...init.headers } })
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${(await answer.text()).slice(0, 2000)}`)
    return answer
  }
  const { status } = await fetch(home)
  if (status !== 401) throw new Error(`${home} answers ${status} to whoever asks.`)
  const html = await (await ask(home)).text()
  if (!html.includes('data-base="/queues"'))
    throw new Error(`The dashboard is elsewhere:\n${html.slice(0, 2000)}`)
  const [, script] = /src="([^"]+\.js)"/.exec(html) ?? []
  await ask(`${url}${script}`)
  await ask(`${home}/api/overview`)
  const stop = new AbortController()
  const live = await ask(`${home}/live/overview`, { signal: stop.signal })
  const { value } = await live.body.pipeThrough(new TextDecoderStream()).getReader().read()
  if (!value.startsWith('data: ')) throw new Error(`The stream begins with: ${value}`)
  stop.abort()
  const act = (action) =>
    ask(`${home}/api/act`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
      body: JSON.stringify({ action, queue: 'all' }),
    })
  await act('pause')
  const { queue } = await (await ask(`${home}/api/queue?queue=all`)).json()
  if (!queue.paused) throw new Error('The queue was not paused.')
  await act('resume')
}

const emails = join(app, 'lib/emails.ts')
await install()
const original = readFileSync(emails, 'utf8')
for (const bundler of ['--webpack', '--turbopack']) {
  for (const left of ['.next', 'outbox.txt', 'tasks.db', 'tasks.db-wal', 'tasks.db-shm'])
    rmSync(join(app, left), { recursive: true, force: true })
  writeFileSync(emails, original)
  await must(next('build', bundler), IN_APP)
  await serving('start', [], async (url) => {
    await enqueueAll(url, 'Welcome', `built ${bundler}`)
    await visitDashboard(url)
  })
  console.log(`${bundler}, built: ok`)
  await serving('dev', [bundler], async (url) => {
    await enqueueAll(url, 'Welcome', `in development ${bundler}`)
    await visitDashboard(url)
    writeFileSync(emails, original.replace('Welcome,', 'Hello again,'))
    // A server that compiles meanwhile may answer with what it had before.
    let tries = 0
    await until(async () => {
      tries += 1
      await post(`${url}/api/welcome`, `edited ${bundler} ${tries}`)
      await hasRun(`edited ${bundler} ${tries}!\n`)
      return readFileSync(log, 'utf8').includes('Hello again, edited')
    }, 'the edited task')
    await enqueueAll(url, 'Hello again', `edited again ${bundler}`)
  })
  console.log(`${bundler}, in development, where a task is edited: ok`)
}
