// Runs commands for the scripts beside it, and leaves none of them behind: every command gets its own
// process group, which is ended when this script ends, however it ends.
import { spawn } from 'node:child_process'
import { createServer } from 'node:net'

export const PNPM = ['npx', '--yes', 'pnpm@12.21.0']

// What an npx was told that we run under (`npx -p node@24 -c 'npm test'`) is not for the npx that we run.
delete process.env.npm_config_call
delete process.env.npm_config_package

const groups = new Set()
/** The exit code, once a signal has said to stop. */
let stopping

function endGroup(pid, signal) {
  try {
    process.kill(-pid, signal)
  } catch {
    // The group is gone already.
  }
}

const endGroups = (signal) => groups.forEach((pid) => endGroup(pid, signal))

process.on('exit', () => endGroups('SIGKILL'))
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
]) {
  process.once(signal, () => {
    stopping = code
    if (groups.size === 0) process.exit(code)
    endGroups('SIGTERM')
    setTimeout(() => process.exit(code), 3000)
  })
}

/**
 * Runs one command to its end and resolves with `{ ok, output }`; it never rejects. With `show: true` what it
 * prints is passed on as it comes, and not kept. A command that outlives `timeout` (seconds) or is ended through
 * `signal` has failed.
 */
export function run([command, ...args], { cwd, env, show = false, timeout = 600, signal } = {}) {
  const stdio = show ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe']
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio, detached: true })
  let output = ''
  const note = (text) => (show ? process.stdout.write(text) : (output += text))
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', note)
  if (child.pid) groups.add(child.pid)
  signal?.addEventListener('abort', () => endGroup(child.pid, 'SIGKILL'))
  const clock = setTimeout(() => {
    note(`\n${command} did not end within ${timeout} s and was stopped.\n`)
    endGroup(child.pid, 'SIGKILL')
  }, timeout * 1000)
  return new Promise((resolve) => {
    const end = (ok) => {
      clearTimeout(clock)
      if (stopping === undefined) resolve({ ok, output })
      else if (groups.size === 0) process.exit(stopping)
    }
    child.on('error', (error) => {
      note(`${command} could not be started: ${error.message}\n`)
      end(false)
    })
    child.on('exit', (code) => {
      endGroup(child.pid, 'SIGKILL')
      groups.delete(child.pid)
      // What still keeps the pipes open then has left the group, and must not keep us waiting.
      setTimeout(() => end(code === 0), 1000).unref()
    })
    child.on('close', (code) => end(code === 0))
  })
}

/** The same, and throws when it fails, with what it printed. Gives that. `name`: what it is called then. */
export async function must(command, { name = command.join(' '), ...options } = {}) {
  const { ok, output } = await run(command, options)
  if (!ok) throw new Error(`${name} failed:\n${output}`)
  return output
}

/** Runs a command for as long as `use` takes, and ends it; what it printed goes along with an error of `use`. */
export async function runDuring(command, options, use) {
  const stop = new AbortController()
  const ended = run(command, { ...options, signal: stop.signal })
  try {
    return await use()
  } catch (error) {
    stop.abort()
    throw new Error(`${error.message}\n${(await ended).output}`, { cause: error })
  } finally {
    stop.abort()
    await ended
  }
}

/** A port of this machine on which nobody listens now. */
export function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}
