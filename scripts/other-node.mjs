// Another Node.js, and a copy of the checkout that is installed and built with it: a compiled module fits one Node.js only.
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { root, temporaryFolder } from './packages.mjs'
import { PNPM, must, run } from './process.mjs'

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

/** better-sqlite3 12 is compiled against the headers at hand; 13 brings its own binaries, for Node-API 10. */
async function install(copy, node, env) {
  const prebuilt = node.napi >= 10
  if (prebuilt) {
    const file = join(copy, 'pnpm-workspace.yaml')
    const text = readFileSync(file, 'utf8')
    writeFileSync(file, text.replace(/^overrides:$/m, 'overrides:\n  better-sqlite3: 13.2.0'))
  }
  const locked = prebuilt ? '--no-frozen-lockfile' : '--frozen-lockfile'
  await must([...PNPM, 'install', locked], { name: 'Installing', cwd: copy, env })
  await must([join(copy, 'node_modules/.bin/pnpm'), 'run', 'build'], { name: 'Building', cwd: copy, env })
}

/** Gives a copy of the checkout, what the environment of its commands must say, and the Node.js that these then run on. */
export async function prepareNode(version, serviceEnv = {}) {
  const node = await findNode(version)
  const copy = await copyCheckout(`node-${node.version}`)
  const env = { ...serviceEnv, PATH: dirname(node.path) + delimiter + process.env.PATH }
  await install(copy, node, env)
  return { node, copy, env }
}
