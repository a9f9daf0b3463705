// Runs the whole jest suite of a checkout, and counts.
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from './packages.mjs'
import { run } from './process.mjs'

/** Milliseconds for jest to exit after its report. */
const GRACE = 15_000
const OPEN = 'jest did not exit: a test leaves something open. Try npx jest --detectOpenHandles.'

function read(file) {
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: 0, problem: 'jest ended without a report.' }
  const report = JSON.parse(readFileSync(file, 'utf8'))
  // A file that did not run at all is one failure.
  const failed = report.numFailedTests + report.numRuntimeErrorTestSuites
  return { passed: report.numPassedTests, failed, skipped: report.numPendingTests }
}

/** Ends jest when it has written its report long ago: a test left something open, and it would wait for ever. */
function endWhenDone(file) {
  const end = new AbortController()
  const watch = setInterval(() => {
    if (existsSync(file) && Date.now() - statSync(file).mtimeMs > GRACE) end.abort()
  }, 1000)
  return { signal: end.signal, close: () => clearInterval(watch) }
}

/** Resolves with `{ passed, failed, skipped, problem? }`; a problem is counted in `failed`. */
export async function runJest(checkout, env) {
  const file = join(temporaryFolder('jest'), 'report.json')
  const command = [join(checkout, 'node_modules/.bin/jest'), '--ci', '--json', `--outputFile=${file}`]
  const { signal, close } = endWhenDone(file)
  const { ok } = await run(command, { cwd: checkout, env, show: true, timeout: 1300, signal })
  close()
  const result = read(file)
  if (signal.aborted) return { ...result, failed: result.failed + 1, problem: OPEN }
  if (result.failed > 0) return result
  if (result.passed === 0) return { ...result, failed: 1, problem: 'No test ran.' }
  return ok ? result : { ...result, failed: 1, problem: 'Every test passed, but jest failed.' }
}
