import { parseArgs } from 'node:util'
import { FAULTS } from './faults/index.js'
import { STORES } from './stores/index.js'

/** What `npm run chaos` was asked for. */
export interface Arguments {
  readonly backends: readonly string[]
  readonly faults: readonly string[]
  /** Of each trial, without the time that the last tasks take. */
  readonly seconds: number
  readonly lease: number
  readonly workers: number
  readonly concurrency: number
  readonly rate: number
  readonly seed: number
  /** How many trials take place at once. */
  readonly jobs: number
  /** Whether the table goes into the documents. */
  readonly write: boolean
}

const USAGE = `npm run chaos -- [options]
  --backend a,b      ${STORES.map(({ name }) => name).join(', ')} (default: all)
  --fault a,b        ${FAULTS.map(({ name }) => name).join(', ')} (default: all)
  --seconds N        how long each trial strikes (default: 30)
  --jobs N           how many trials take place at once (default: 2)
  --seed N           repeats the random choices of another run (default: random)
  --lease N          seconds; another worker gets a task after so long without a sign of life (default: 3)
  --workers N        processes (default: 3)
  --concurrency N    tasks at once in each of them (default: 5)
  --rate N           tasks enqueued a second (default: 50)
  --write            put the table into docs/measured-faults.md`

/** @throws Error that says what is wrong and shows the usage. */
export function readArguments(args: readonly string[]): Arguments {
  const text = { type: 'string' } as const
  const options = {
    ...{ backend: text, fault: text, seconds: text, jobs: text, seed: text },
    ...{ lease: text, workers: text, concurrency: text, rate: text },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  } as const
  const { values } = parseArgs({ args: [...args], options })
  if (values.help) {
    console.log(USAGE)
    process.exit(0)
  }
  if (values.write && (values.backend ?? values.fault) !== undefined)
    throw new Error('--write is for a run of all backends and faults: the table has a row for each.')
  return {
    backends: choose('backend', values.backend, STORES),
    faults: choose('fault', values.fault, FAULTS),
    seconds: number('seconds', values.seconds, 30),
    lease: number('lease', values.lease, 3),
    workers: number('workers', values.workers, 3),
    concurrency: number('concurrency', values.concurrency, 5),
    rate: number('rate', values.rate, 50),
    seed: number('seed', values.seed, Math.floor(Math.random() * 1e9)),
    jobs: number('jobs', values.jobs, 2),
    write: values.write,
  }
}

function choose(
  option: string,
  value: string | undefined,
  among: readonly { name: string }[],
): readonly string[] {
  const known = among.map(({ name }) => name)
  const names = value?.split(',') ?? known
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined) throw new Error(`--${option} ${unknown} is not known.\n\n${USAGE}`)
  return names
}

function number(option: string, value: string | undefined, otherwise: number): number {
  const read = value === undefined ? otherwise : Number(value)
  if (read > 0 && Number.isFinite(read)) return read
  throw new Error(`--${option} ${value} is not a number above 0.\n\n${USAGE}`)
}
