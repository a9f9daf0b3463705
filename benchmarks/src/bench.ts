// `npm run bench -- --backend redis --scenario drain [--contender Alligator,BullMQ] [--quick]`
import { parseArgs } from 'node:util'
import { BACKENDS } from './backends.js'
import { machineFacts } from './machine.js'
import { section } from './report.js'
import { saveSections } from './results-file.js'
import { runScenario } from './runner.js'
import type { Effort } from './scenario.js'
import { SCENARIOS } from './scenarios/index.js'

const USUAL: Effort = { rounds: 3, seconds: 0.5, backlog: 1_000_000, horizon: 600 }
const LONG = Object.keys(SCENARIOS).filter((name) => SCENARIOS[name]?.isLong)
/** Enough to see that everything works; too little to be written down. */
const QUICK: Effort = { rounds: 1, seconds: 0.1, backlog: 1000, horizon: 2 }

const HELP = `Measures Alligator beside its peers, and writes what it finds to RESULTS.md.

  --backend NAMES     ${Object.keys(BACKENDS).join(', ')} (default: all)
  --scenario NAMES    ${Object.keys(SCENARIOS).join(', ')} (default: all but ${LONG.join(', ')})
  --contender NAMES   such as Alligator,BullMQ; nothing is written then (default: all)
  --node VERSION      the Node.js to run it on, such as 24 (default: this one)
  --quick             only to see that everything works; nothing is written`

const OPTIONS = {
  backend: { type: 'string', default: 'all' },
  scenario: { type: 'string', default: 'all' },
  contender: { type: 'string', default: 'all' },
  quick: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

const values = readOptions()

/** What was asked for. Ends the process where that is the help, or cannot be understood. */
function readOptions() {
  try {
    const { values } = parseArgs({ options: OPTIONS })
    if (!values.help) return values
    console.log(HELP)
    process.exit(0)
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`)
    process.exit(2)
  }
}

/** The names that an option gives, all of them known. */
function choose(option: string, value: string, known: readonly string[]): readonly string[] {
  const names = value === 'all' ? known : value.split(',')
  const unknown = names.find((name) => !known.includes(name))
  if (unknown === undefined) return names
  console.error(`--${option} ${unknown} is not known. Pass all, or some of: ${known.join(', ')}.`)
  process.exit(1)
}

async function runBackend(name: string, scenarios: readonly string[], effort: Effort): Promise<string[]> {
  const backend = BACKENDS[name]
  if (!backend) return []
  const known = Object.keys(backend.contenders)
  const contenders =
    values.contender === 'all' ? known : known.filter((one) => values.contender.split(',').includes(one))
  const { store } = await backend.load()
  const running = await store.start()
  const facts = `${machineFacts()}; ${effort.rounds} rounds, ${new Date().toISOString().slice(0, 10)}`
  const sections: string[] = []
  try {
    for (const scenario of scenarios) {
      const definition = SCENARIOS[scenario]
      if (!definition || backend.without.includes(scenario)) continue
      const result = await runScenario({ name, backend, running, scenario, definition, contenders, effort })
      sections.push(section(result, facts))
      console.log(`${sections.at(-1)}\n`)
    }
  } finally {
    await running.stop()
  }
  return sections
}

// The store that a run has started ends with it, however it ends.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
const backends = choose('backend', values.backend, Object.keys(BACKENDS))
const named = choose('scenario', values.scenario, Object.keys(SCENARIOS))
const scenarios = values.scenario === 'all' ? named.filter((name) => !LONG.includes(name)) : named
for (const backend of backends) {
  const sections = await runBackend(backend, scenarios, values.quick ? QUICK : USUAL)
  if (!values.quick && values.contender === 'all') saveSections(sections)
}
