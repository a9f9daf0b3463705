// Runs commands for the scripts beside it, and leaves none of them behind: every command gets its own
// process group, which is ended when this script ends, however it ends.
import { spawn } from 'node:child_process'

export const PNPM = ['npx', '--yes', 'pnpm@12.21.0']

const groups = new Set()

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
    endGroups('SIGTERM')
    setTimeout(() => process.exit(code), 2000)
  })
}

/**
 * Runs one command to its end and resolves with `{ ok, output }`; it never rejects. With `show: true` what it
 * prints is passed on as it comes, and not kept. A command that outlives `timeout` (seconds) has failed.
 */
export function run([command, ...args], { cwd, env, show = false, timeout = 600 } = {}) {
  const stdio = show ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe']
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio, detached: true })
  let output = ''
  const note = (text) => (show ? process.stdout.write(text) : (output += text))
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', note)
  if (child.pid) groups.add(child.pid)
  const clock = setTimeout(() => {
    note(`\n${command} did not end within ${timeout} s and was stopped.\n`)
    endGroup(child.pid, 'SIGKILL')
  }, timeout * 1000)
  return new Promise((resolve) => {
    const end = (ok) => {
      clearTimeout(clock)
      if (child.pid && groups.delete(child.pid)) endGroup(child.pid, 'SIGKILL')
      resolve({ ok, output })
    }
    child.on('error', (error) => {
      note(`${command} could not be started: ${error.message}\n`)
      end(false)
    })
    // 'exit', not 'close': a grandchild that keeps the pipes open must not keep us waiting.
    child.on('exit', (code) => end(code === 0))
  })
}
