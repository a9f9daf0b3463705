// `npm run test:nodes [version …]`: the jest suite on every Node.js that is supported, each in its own copy of
// the checkout, since a compiled module fits one Node.js only.
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { runJest } from './jest.mjs'
import { root, temporaryFolder } from './packages.mjs'
import { PNPM, run } from './process.mjs'
import { startServices } from './services.mjs'

const VERSIONS = ['20.19', '22.14', '24', 'latest']
const PROBE = 'console.log(JSON.stringify([process.execPath, process.versions]))'

/** That Node.js, by way of the npm package `node`. */
async function findNode(version) {
  const command = ['npx', '--yes', '-p', `node@${version}`, '-c', `node -e '${PROBE}'`]
  const { ok, output } = await run(command)
  const line = output.split('\n').find((text) => text.startsWith('["'))
  if (!ok || !line) throw new Error(`Node.js ${version} could not be installed:\n${output}`)
  const [path, versions] = JSON.parse(line)
  return { path, version: versions.node, napi: Number(versions.napi) }
}

async function copyCheckout(name) {
  const listed = await run(['git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
  })
  const copy = temporaryFolder(name)
  for (const file of listed.output.split('\0')) {
    if (!file || !existsSync(join(root, file))) continue
    mkdirSync(dirname(join(copy, file)), { recursive: true })
    cpSync(join(root, file), join(copy, file))
  }
  return copy
}

async function must(name, command, options) {
  const { ok, output } = await run(command, options)
  if (!ok) throw new Error(`${name} failed:\n${output}`)
}

/** better-sqlite3 12 is compiled against the headers at hand; 13 brings its own binaries, for Node-API 10. */
async function install(copy, node, env) {
  const prebuilt = node.napi >= 10
  if (prebuilt) {
    const file = join(copy, 'pnpm-workspace.yaml')
    const text = readFileSync(file, 'utf8')
    writeFileSync(file, text.replace(/^overrides:$/m, 'overrides:\n  better-sqlite3: 13.2.0'))
  }
  const locked = prebuilt ? '--no-frozen-lockfile' : '--frozen-lockfile'
  await must('Installing', [...PNPM, 'install', locked], { cwd: copy, env })
  await must('Building', [join(copy, 'node_modules/.bin/pnpm'), 'run', 'build'], { cwd: copy, env })
}

async function testOn(version, serviceEnv) {
  const node = await findNode(version)
  console.log(`\nNode.js ${node.version}`)
  const copy = await copyCheckout(`node-${node.version}`)
  const env = { ...serviceEnv, PATH: dirname(node.path) + delimiter + process.env.PATH }
  await install(copy, node, env)
  const { passed, failed, problem } = await runJest(copy, env)
  const ran = `${passed} passed, ${failed} failed`
  return { ok: failed === 0, summary: `Node.js ${node.version}: ${ran}${problem ? ` (${problem})` : ''}` }
}

const { env, problems } = await startServices()
for (const problem of problems) console.log(problem)
const results = []
for (const version of process.argv.length > 2 ? process.argv.slice(2) : VERSIONS) {
  results.push(
    await testOn(version, env).catch((error) => ({
      ok: false,
      summary: `Node.js ${version}: ${error.message}`,
    })),
  )
}
console.log(`\n${results.map(({ summary }) => summary).join('\n')}`)
process.exit(problems.length === 0 && results.every(({ ok }) => ok) ? 0 : 1)
