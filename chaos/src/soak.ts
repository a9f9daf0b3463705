// `npm run soak -- --backend redis --seconds 600`: all kinds of things at once for long, and what of it stays behind.
import { parseArgs } from 'node:util'
import { runAlligator } from './crew.js'
import type { Move } from './mixed/mover.js'
import { MixedLoad } from './mixed/round.js'
import { Place } from './place.js'
import { Random } from './random.js'
import { STORES } from './stores/index.js'
import type { StoreKind } from './stores/store.js'

/** Seconds of one round, after which everything is done, and looked at. */
const ROUND = 10
/** MB by which the heap may be larger at the end than after the second round. */
const MOST_GROWTH = 15
/** Stores that can be looked into: what is not listed cannot be checked. */
const KINDS = STORES.filter(({ name }) => name !== 'beanstalk' && name !== 'sqs')

const USAGE = `npm run soak -- [options]
  --backend a,b   ${KINDS.map(({ name }) => name).join(', ')} (default: all)
  --seconds N     of each store (default: 120)
  --seed N        repeats the random choices of another run (default: random)`

interface Sample {
  readonly heap: number
  readonly handles: number
}

function sample(): Sample {
  globalThis.gc?.()
  return { heap: process.memoryUsage().heapUsed / 1e6, handles: process.getActiveResourcesInfo().length }
}

/** Another store of the same server or folder, from which tasks can be moved; what is in memory is of one process. */
function sourceOf(dsn: string): string | undefined {
  if (dsn.startsWith('sqlite:')) return `${dsn}-source`
  return dsn.startsWith('locmem:') ? undefined : `${dsn}${dsn.includes('?') ? '&' : '?'}prefix=source`
}

async function soak(kind: StoreKind, seconds: number, seed: number): Promise<readonly string[]> {
  const place = new Place()
  const store = await kind.start({ folder: place.data, log: `${place.logs}/server.log`, env: {} })
  const samples: Sample[] = []
  const problems: string[] = []
  try {
    // A name of its own, which all of its clients share.
    const dsn = kind.inProcess ? `${store.directDsn}soak` : store.directDsn
    const move: Move = (from, to) => runAlligator(['move', from, to], `${place.logs}/move.log`)
    const source = sourceOf(dsn)
    await using load = new MixedLoad(dsn, source === undefined ? undefined : { dsn: source, move })
    const random = new Random(seed, kind.name)
    for (const end = performance.now() + seconds * 1000; performance.now() < end;) {
      const result = await load.round(Math.min(ROUND, seconds), random)
      samples.push(sample())
      problems.push(...result.problems)
      const { heap, handles } = samples.at(-1) ?? sample()
      const figures = `${result.tasks} tasks, ${result.runs} runs, ${result.problems.length} problems`
      console.log(`${kind.name}: ${figures}, heap ${heap.toFixed(1)} MB, ${handles} handles`)
    }
  } finally {
    await store.stop()
    place.remove()
  }
  return [...problems, ...growth(samples)]
}

/** By the second round all that is made once is there. */
function growth([, early, ...later]: readonly Sample[]): string[] {
  const last = later.at(-1)
  if (!early || !last) return []
  const grown = last.heap - early.heap
  return [
    ...(grown > MOST_GROWTH ? [`the heap has grown by ${grown.toFixed(1)} MB`] : []),
    ...(last.handles > early.handles + 2
      ? [`there are ${last.handles} handles, and were ${early.handles}`]
      : []),
  ]
}

const text = { type: 'string' } as const
const options = { backend: text, seconds: text, seed: text, help: { type: 'boolean', short: 'h' } } as const
const { values } = parseArgs({ options })
if (values.help) {
  console.log(USAGE)
  process.exit(0)
}
const names = values.backend?.split(',') ?? KINDS.map(({ name }) => name)
const seconds = Number(values.seconds ?? 120)
const seed = Number(values.seed ?? Math.floor(Math.random() * 1e9))
if (!(seconds > 0) || names.some((name) => !KINDS.some((kind) => kind.name === name))) {
  console.error(USAGE)
  process.exit(2)
}
console.log(`--seed ${seed}`)
let failed = false
for (const kind of KINDS.filter(({ name }) => names.includes(name))) {
  const problems = await soak(kind, seconds, seed)
  for (const problem of problems.slice(0, 20)) console.log(`FAILED ${kind.name}: ${problem}`)
  failed ||= problems.length > 0
}
process.exit(failed ? 1 : 0)
