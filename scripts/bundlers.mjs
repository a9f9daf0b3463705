// `npm run test:bundlers`: what becomes of tasks that frameworks bundle. Each framework comes from npm (some hundred megabytes in
// all), builds an app that enqueues, and builds it once more, with a few functions added, for its workers. It prints a table,
// which docs/bundles.md has, and fails when a worker runs another function than was enqueued, or none without a word.
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packAll, root, temporaryFolder } from './packages.mjs'
import { freePort, must, runDuring } from './process.mjs'
import { SVELTEKIT } from './sveltekit.mjs'

/** What the server of each is built and started with, and where its own code lies. */
const FRAMEWORKS = {
  nitro: {
    packages: ['nitropack@2.13.6'],
    build: ['nitropack', 'build'],
    server: '.output/server/index.mjs',
    code: 'server/utils',
  },
  sveltekit: {
    packages: SVELTEKIT,
    build: ['vite', 'build'],
    server: 'build/index.js',
    code: 'src/lib/server',
  },
  astro: {
    packages: ['astro@5.18.2', '@astrojs/node@9.5.5'],
    build: ['astro', 'build'],
    server: 'dist/server/entry.mjs',
    code: 'src/lib',
  },
}

const SOURCES = join(root, 'packages/core/test/fixtures/bundlers')
const GIVEN = {
  sendWelcome: 'sendWelcome',
  sendInvoice: 'sendInvoice',
  s: 's',
  daily: 'report of the day',
  fallback: 'default',
  cleanup: 'cleanup of tasks',
  closeAccount: 'close',
}
const GOES_BACK = ['UNKNOWN_MODULE', 'UNKNOWN_CALLABLE', 'OTHER_FUNCTION']

async function install(name, { packages }, core) {
  const app = temporaryFolder(name)
  cpSync(join(root, 'scripts/bundlers', name), app, { recursive: true })
  writeFileSync(join(app, 'package.json'), JSON.stringify({ name: 'shop', private: true, type: 'module' }))
  await must(['npm', 'install', '--no-audit', '--no-fund', core, ...packages], {
    name: 'npm install',
    cwd: app,
  })
  return app
}

async function build(app, when, { build: command, code }, env) {
  mkdirSync(join(app, code), { recursive: true })
  for (const file of ['tasks', 'accounts', 'web'])
    cpSync(join(SOURCES, when, `${file}.js`), join(app, code, `${file}.js`))
  cpSync(join(root, 'scripts/bundlers/queue.js'), join(app, code, 'queue.js'))
  await must(['npx', ...command], { name: 'build', cwd: app, env: { ...env, ASTRO_TELEMETRY_DISABLED: '1' } })
}

/** Starts the server that was built, asks it one thing, and stops it. */
async function ask(app, { server }, path, body, env = {}) {
  const port = String(await freePort())
  const address = {
    PORT: port,
    HOST: '127.0.0.1',
    NITRO_HOST: '127.0.0.1',
    ORIGIN: `http://127.0.0.1:${port}`,
  }
  return runDuring([process.execPath, server], { cwd: app, env: { ...address, ...env } }, async () => {
    const post = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }
    const isUp = await answers(`http://127.0.0.1:${port}/`)
    if (!isUp) throw new Error('its server does not answer')
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, body && post)
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return await answer.json()
  })
}

async function answers(url) {
  for (let tries = 0; tries < 100; tries += 1) {
    if (await fetch(url).catch(() => undefined)) return true
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return false
}

/** Enqueues with one build and works with the next: how many tasks went which way. */
async function outcomes(produced, app, framework, env) {
  const entries = Object.entries(produced)
  const payloads = Object.fromEntries(
    entries.flatMap(([name, { payload }]) => (payload ? [[name, payload]] : [])),
  )
  const worked = await ask(app, framework, '/work', payloads, env)
  const counts = { refused: 0, ran: 0, 'went back': 0, WRONG: 0 }
  for (const [name, { payload, message }] of entries) {
    const answer = worked[name]
    if (message && !/registerTasks\('/.test(message)) throw new Error(`No way out: ${message}`)
    if (!payload) counts.refused += 1
    else if (answer === GIVEN[name]) counts.ran += 1
    else counts[GOES_BACK.includes(answer) ? 'went back' : 'WRONG'] += 1
  }
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${count} ${what}`)
    .join(', ')
}

const { tarball } = (await packAll()).find(({ manifest }) => manifest.name === '@alligator/core')
const named = process.argv.slice(2)
console.log('| framework | build | as it comes | with `registerTasks` |\n| --- | --- | --- | --- |')
for (const [name, framework] of Object.entries(FRAMEWORKS)) {
  if (named.length > 0 && !named.includes(name)) continue
  const app = await install(name, framework, tarball)
  for (const env of [{}, { MINIFY: '1' }]) {
    await build(app, 'before', framework, env)
    const bare = await ask(app, framework, '/enqueue')
    const registered = await ask(app, framework, '/enqueue', undefined, { REGISTER: '1' })
    await build(app, 'after', framework, env)
    const cells = [
      await outcomes(bare, app, framework),
      await outcomes(registered, app, framework, { REGISTER: '1' }),
    ]
    console.log(
      `| ${framework.packages[0]} | ${env.MINIFY ? 'minified' : 'readable'} | ${cells.join(' | ')} |`,
    )
    if (cells.some((cell) => cell.includes('WRONG'))) process.exitCode = 1
  }
}
