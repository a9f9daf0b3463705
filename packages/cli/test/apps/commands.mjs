// Runs command lines one after the other, in one process for all of them: to start one for each takes longer than what they do.
import { alligator } from '../../dist/esm/program.js'
import { runProgram } from '../../dist/esm/run-program.js'
import { Shutdown } from '../../dist/esm/shutdown.js'

let exitCode = 0
// What a command leaves to the end of its process must not end the others.
process.exit = (code = 0) => void (exitCode ||= code)
process.setMaxListeners(0)
process.stdout.setMaxListeners(0)
process.stderr.setMaxListeners(0)

async function run(args) {
  const texts = { stdout: '', stderr: '' }
  const before = { stdout: process.stdout.write, stderr: process.stderr.write }
  for (const name of ['stdout', 'stderr'])
    process[name].write = (text) => {
      texts[name] += text
      return true
    }
  const env = { ...process.env }
  process.argv = [process.execPath, 'alligator', ...args]
  process.exitCode = undefined
  exitCode = 0
  try {
    await runProgram(alligator(new Shutdown()), new Shutdown())
  } finally {
    // What one has set is not for the next.
    for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name]
    Object.assign(process.env, env)
    Object.assign(process.stdout, { write: before.stdout })
    Object.assign(process.stderr, { write: before.stderr })
  }
  return { code: exitCode || process.exitCode || 0, ...texts }
}

process.on('message', async ({ cwd, env, lines }) => {
  process.chdir(cwd)
  Object.assign(process.env, env)
  const ended = []
  for (const line of lines) ended.push(await run(line))
  process.exitCode = 0
  process.send(ended)
})
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
