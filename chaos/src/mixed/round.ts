import { setTimeout as pause } from 'node:timers/promises'
import { Gator, Worker, silentLogger } from '@alligator/core'
import { until } from '@alligator/testbed'
import { untilEmpty } from '../leftovers.js'
import type { Random } from '../random.js'
import { type Entry, Ledger } from './ledger.js'
import { Producer } from './producer.js'
import { stage } from './tasks.js'

const QUEUES = ['main', 'side'] as const
const PRODUCERS = 3
const WORKERS = 2
/** Seconds that the last tasks may take. */
const END_LIMIT = 60

export interface RoundResult {
  readonly tasks: number
  readonly runs: number
  readonly problems: readonly string[]
}

/** Producers and workers of one process, each with a client of its own, on one store. */
export class MixedLoad implements AsyncDisposable {
  readonly #producers: readonly (readonly [main: Gator, side: Gator])[]
  readonly #workers: readonly Worker[]
  readonly #running: readonly Promise<void>[]

  constructor(dsn: string) {
    this.#producers = Array.from({ length: PRODUCERS }, () => {
      const main = new Gator(dsn, { queueName: QUEUES[0] })
      return [main, new Gator(main.backend, { queueName: QUEUES[1] })] as const
    })
    this.#workers = Array.from({ length: WORKERS }, () => {
      const settings = { toConsume: [...QUEUES], concurrency: 5, logger: silentLogger() }
      const worker = new Worker(new Gator(dsn), settings)
      worker.on('task:success', ({ task }) => {
        const entry = stage.ledger?.of(String(task.funcArgs[0]))
        if (entry) entry.settled += 1
      })
      return worker
    })
    this.#running = this.#workers.map((worker) => worker.runForever())
  }

  /** Does all kinds of things for some seconds, waits until all is done, and tells what was not as promised. */
  async round(seconds: number, random: Random): Promise<RoundResult> {
    const ledger = new Ledger()
    stage.ledger = ledger
    const end = performance.now() + seconds * 1000
    const produce = async ([main, side]: readonly [Gator, Gator]) => {
      const producer = new Producer(main, side, ledger, random)
      while (performance.now() < end) {
        await producer.step()
        await pause(random.below(5))
      }
    }
    await Promise.all(this.#producers.map(produce))
    const dead = new Set<string>()
    const [[main, side] = []] = this.#producers
    for (const gator of [main, side]) {
      if (!gator) continue
      await untilEmpty(gator, 0.2, END_LIMIT)
      for (const key of await deadOf(gator)) dead.add(key)
      await gator.backend.dropAll(gator.queueName)
    }
    const { entries } = ledger
    // The store has taken what this process may hear of a moment later.
    await until(() => entries.every((entry) => isOver(entry, dead)), END_LIMIT).catch(() => undefined)
    const runs = entries.reduce((sum, { starts }) => sum + starts, 0)
    return { tasks: entries.length, runs, problems: ledger.check(dead) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const worker of this.#workers) worker.stop()
    await Promise.all(this.#running)
    for (const { gator } of this.#workers) await gator.close()
    for (const [main] of this.#producers) await main.close()
  }
}

function isOver({ key, task, settled, isCanceled, mayBeDropped }: Entry, dead: ReadonlySet<string>): boolean {
  return !task || settled > 0 || isCanceled || mayBeDropped || dead.has(key)
}

/** The keys of the dead letters of a queue. */
async function deadOf(gator: Gator): Promise<string[]> {
  const keys: string[] = []
  for (let after: string | undefined; ;) {
    const page = await gator.backend.listing?.list(gator.queueName, 'dead', { after })
    for (const { data } of page?.tasks ?? []) keys.push(String((await gator.peek(data)).funcArgs[0]))
    after = page?.next
    if (after === undefined) return keys
  }
}
