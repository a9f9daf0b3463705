// `npm run chaos -- --backend redis --fault kill-worker --seconds 60`
import { readArguments } from './arguments.js'
import { type Case, chooseCases, hasFailed, runCase } from './case.js'
import { writeTable } from './guarantees-file.js'
import { commitName, summary, table } from './table.js'

function readOrExit(): ReturnType<typeof readArguments> {
  try {
    return readArguments(process.argv.slice(2))
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exit(2)
  }
}

// Everything that a run has started ends with it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130))

const settings = readOrExit()
const cases = chooseCases(settings)
const results: Case[] = [...cases]
/** Which the jobs share: each takes the next. */
const rest = cases.entries()

async function job(): Promise<void> {
  for (const [at, one] of rest) {
    const result = await runCase(one, settings)
    results[at] = result
    console.log(summary(result))
  }
}

const commit = commitName()
const begin = performance.now()
console.log(`${cases.length} trials of ${settings.seconds} s; --seed ${settings.seed}`)
await Promise.all(Array.from({ length: settings.jobs }, job))
const report = await table(results, { settings, commit, seconds: (performance.now() - begin) / 1000 })
console.log(`\n${report}`)
if (settings.write) writeTable(report)
process.exit(results.some(hasFailed) ? 1 : 0)
