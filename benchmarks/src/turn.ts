// One contender's turn at one scenario, in a process of its own: `node turn.js '{"backend":"sqlite",…}'`. Run like that,
// by hand, it prints its figures, so that it can be profiled.
import { BACKENDS } from './backends.js'
import { hireConsumer, hireProducer } from './crew.js'
import type { Effort } from './scenario.js'
import { SCENARIOS } from './scenarios/index.js'

/** What a turn is about. */
export interface Turn {
  readonly backend: string
  readonly contender: string
  readonly scenario: string
  /** What the contender opens. */
  readonly url: string
  readonly effort: Effort
}

async function play({ backend, contender: name, scenario, url, effort }: Turn) {
  const known = BACKENDS[backend]
  const entry = known?.contenders[name]
  if (!known || !entry) throw new Error(`There is no contender ${name} on ${backend}.`)
  const { open } = await entry.load()
  const { store } = await known.load()
  const job = { backend, contender: name, url }
  return SCENARIOS[scenario]?.run({
    contender: await open(url),
    probe: store.probe(url),
    effort,
    idle: known.idle * Math.min(1, 2 * effort.seconds),
    consume: known.shared ? (concurrency) => hireConsumer({ ...job, concurrency }) : undefined,
    produce: known.shared ? () => hireProducer(job) : undefined,
  })
}

process.on('disconnect', () => process.exit(1))
const figures = await play(JSON.parse(process.argv[2] ?? '{}') as Turn)
if (!process.send) console.log(figures)
// Some contenders leave timers behind; nothing of a turn is worth waiting for once its figures are out.
if (process.send) process.send(figures, () => process.exit())
else process.exit()
