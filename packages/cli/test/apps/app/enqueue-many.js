// node enqueue-many.js 3000: a third each of waiting, delayed and dead tasks
import { Gator } from '@alligator/core'
import { quick } from './tasks.js'

await import(`@alligator/${process.env.STORE.split(':')[0]}`)
const gator = new Gator(process.env.STORE)
const third = Array.from({ length: Number(process.argv[2]) / 3 }, (_, number) => [number])
await gator.taskMany(quick, third)
const reason = { code: 'ERROR', message: 'died', at: 1, worker: 'test', attempt: 1 }
const dead = await gator.backend.reserve([gator.queueName], { limit: third.length, lease: 60 })
for (const delivery of dead) await gator.backend.bury(delivery, reason)
await gator.options({ delayBy: '1h' }).taskMany(quick, third)
await gator.taskMany(quick, third)
await gator.close()
