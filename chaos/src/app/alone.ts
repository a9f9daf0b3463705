// Producer and workers in one process, for a store that lives in it: `node alone.js DSN`. SIGWINCH ends the load, and then
// the process, as soon as nothing is left to do.
import { Gator, Worker, jsonLogger } from '@alligator/core'
import { readDeadLetters, untilEmpty } from '../leftovers.js'
import { Random } from '../random.js'
import { endOfLoad } from './guard.js'
import { note } from './journal.js'
import { Load } from './load.js'
import { beginTicks, endTicks } from './ticks.js'

/** Seconds that the last tasks may take. */
const END_LIMIT = 120

const {
  CHAOS_NAME: name = '',
  CHAOS_SEED: seed,
  CHAOS_RATE: rate,
  CHAOS_KEYS: keys,
  CHAOS_LEASE: lease,
} = process.env
const { CHAOS_WORKERS: count, CHAOS_CONCURRENCY: concurrency } = process.env
const gator = new Gator(process.argv[2] ?? '')
const load = new Load(gator, {
  name,
  rate: Number(rate),
  random: new Random(Number(seed), name),
  hasKeys: keys === 'true',
})
void endOfLoad.then(() => load.stop())
const options = { concurrency: Number(concurrency), lease: Number(lease), logger: jsonLogger() }
const workers = Array.from({ length: Number(count) }, () => new Worker(gator, options))
const working = workers.map((worker) => worker.runForever())
await beginTicks(gator)
await load.run()
await endTicks(gator)
await untilEmpty(gator, 0, END_LIMIT)
note(...[...(await readDeadLetters(gator))].map(([id, code]) => ({ what: 'buried', id, code }) as const))
for (const worker of workers) worker.stop()
await Promise.all(working)
await gator.close()
