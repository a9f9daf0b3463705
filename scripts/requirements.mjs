// What must be on the machine before anything is installed.
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { find, programs } from '../testbed/files/places.cjs'
import { run } from './process.mjs'

const MINIMUM = { 20: 19, 22: 14 }

/** Why this Node.js cannot be used, or undefined. */
export function nodeProblem(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number)
  if (major >= 24 || minor >= MINIMUM[major]) return undefined
  return `Node.js ${version} is not supported. Install Node.js 20.19, 22.14, 24 or newer: https://nodejs.org`
}

const works = (command, flag = '--version') =>
  spawnSync(find(command) ?? command, [flag], { stdio: 'ignore' }).status === 0

const INSTALL = {
  linux: 'On Debian and Ubuntu: sudo apt-get install python3 make g++',
  darwin: 'On macOS: xcode-select --install',
}

/** What better-sqlite3 needs to be compiled and is not there, with the way to install it, or undefined. */
export function compilerProblem() {
  const missing = ['python3', 'make', 'g++'].filter((command) => !works(command))
  if (missing.length === 0) return undefined
  const hint = INSTALL[process.platform] ?? 'Install Python 3, make and a C++ compiler.'
  return `better-sqlite3 had to be compiled, and ${missing.join(', ')} could not be found. ${hint}`
}

/** For what compiles: the headers of this Node.js where it has brought them along, which are fetched from nodejs.org otherwise. */
export function compilerEnvironment() {
  const nodedir = dirname(dirname(process.execPath))
  const header = join(nodedir, 'include/node/node_version.h')
  if (!existsSync(header)) return {}
  const text = readFileSync(header, 'utf8')
  const part = (name) => new RegExp(`define NODE_${name}_VERSION (\\d+)`).exec(text)?.[1]
  const version = ['MAJOR', 'MINOR', 'PATCH'].map(part).join('.')
  return version === process.versions.node ? { npm_config_nodedir: nodedir } : {}
}

/**
 * Sees that a program is there that belongs to a package whose rest nobody needs: such as a server, which the package would start. It
 * is taken out of the package, which is not installed. Rejects with the way to install it.
 */
export async function unpacked(command, aptPackage, onMac) {
  if (works(command)) return
  if (works('apt-get')) {
    const folder = mkdtempSync(join(tmpdir(), 'alligator-'))
    try {
      if (process.getuid?.() === 0) await run(['apt-get', 'update'])
      await run(['apt-get', 'download', aptPackage], { cwd: folder })
      const taking = `dpkg-deb --fsys-tarfile *.deb | tar --extract --to-stdout ./usr/bin/${command} > ${command}`
      await run(['sh', '-c', taking], { cwd: folder })
      mkdirSync(programs, { recursive: true })
      cpSync(join(folder, command), join(programs, command))
      chmodSync(join(programs, command), 0o755)
    } finally {
      rmSync(folder, { recursive: true })
    }
    if (works(command)) return
  }
  throw new Error(`${command} could not be found. ${wayTo(aptPackage, onMac)}`)
}

/**
 * Sees that a server can be started, and installs it with apt-get where that is there and we may. `flag` makes it tell its
 * version; `prepare` is called before an installation. Rejects with the way to install it.
 */
export async function installed(command, aptPackage, onMac, { flag, prepare } = {}) {
  if (works(command, flag)) return
  if (process.getuid?.() === 0 && works('apt-get')) {
    prepare?.()
    await run(['apt-get', 'update'])
    await run(['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', 'install', '-y', aptPackage])
    if (works(command, flag)) return
  }
  throw new Error(`${command} could not be found. ${wayTo(aptPackage, onMac)}`)
}

function wayTo(aptPackage, onMac) {
  return process.platform === 'darwin'
    ? `On macOS: ${onMac}`
    : `On Debian: sudo apt-get install ${aptPackage}`
}
