// A process that enqueues: `node producer.js DSN`. SIGWINCH lets what is under way end.
import '@alligator/beanstalk'
import '@alligator/postgres'
import '@alligator/redis'
import '@alligator/sqlite'
import '@alligator/sqs'
import { Gator } from '@alligator/core'
import { Random } from '../random.js'
import { endOfLoad } from './guard.js'
import { Load } from './load.js'
import { beginTicks, endTicks } from './ticks.js'

const gator = new Gator(process.argv[2] ?? '', { state: process.env['ALLIGATOR_STATE'] })
const { CHAOS_NAME: name = '', CHAOS_SEED: seed, CHAOS_RATE: rate, CHAOS_KEYS: keys } = process.env
const load = new Load(gator, {
  name,
  rate: Number(rate),
  random: new Random(Number(seed), name),
  hasKeys: keys === 'true',
})
void endOfLoad.then(() => load.stop())
await beginTicks(gator)
await load.run()
await endTicks(gator)
await gator.close()
