import { fork } from 'node:child_process'
import type { Backend } from './backends.js'
import type { Effort, Scenario } from './scenario.js'
import type { RunningStore } from './stores/store.js'
import type { Turn } from './turn.js'

/** One scenario on one store, measured: the figures of every round, by row and contender. */
export interface Result {
  readonly backend: string
  readonly scenario: string
  readonly version: string
  readonly contenders: readonly string[]
  readonly figures: Readonly<Record<string, Readonly<Record<string, readonly (number | undefined)[]>>>>
}

type Figures = Readonly<Record<string, number>>

const TURN = new URL('./turn.js', import.meta.url)
/** Seconds that one turn may take. */
const LIMIT = 300

/** Plays one turn in a process of its own; a turn that fails is told about and has no figures. */
function play(turn: Turn, limit: number): Promise<Figures> {
  return new Promise((resolve) => {
    const child = fork(TURN, [JSON.stringify(turn)], { execArgv: ['--expose-gc'] })
    const timer = setTimeout(() => child.kill('SIGKILL'), limit * 1000)
    let figures: Figures | undefined
    child.on('message', (message: Figures) => (figures = message))
    child.on('exit', (code) => {
      clearTimeout(timer)
      if (!figures) console.error(`  ${turn.contender}, ${turn.scenario}: failed (${code ?? 'ended'})`)
      resolve(figures ?? {})
    })
  })
}

/** What a run is made of. */
interface Run {
  readonly name: string
  readonly backend: Backend
  readonly running: RunningStore
  readonly scenario: string
  readonly definition: Scenario
  readonly contenders: readonly string[]
  readonly effort: Effort
}

/** Lets the contenders take turns, A B C A B C, each on an empty store. */
export async function runScenario(run: Run): Promise<Result> {
  const { name, running, scenario, contenders, effort } = run
  const rounds: Record<string, Figures>[] = []
  const { isLong = false } = run.definition
  const limit = isLong ? LIMIT + effort.horizon : LIMIT
  for (let round = 0; round < (isLong ? 1 : effort.rounds); round += 1) {
    const figures: Record<string, Figures> = {}
    for (const contender of contenders) {
      const url = await running.fresh()
      figures[contender] = await play({ backend: name, contender, scenario, url, effort }, limit)
    }
    rounds.push(figures)
  }
  const byContender = (row: string) =>
    Object.fromEntries(contenders.map((one) => [one, rounds.map((figures) => figures[one]?.[row])]))
  return {
    backend: name,
    scenario,
    version: running.version,
    contenders,
    figures: Object.fromEntries(Object.keys(run.definition.rows).map((row) => [row, byContender(row)])),
  }
}
