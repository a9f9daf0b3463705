// Started by ends.test.ts: it neither closes anything nor waits for what it has pushed last.
import { Gator, registerTasks } from '@alligator/core'
import '@alligator/redis'

function noop() {}
registerTasks('tasks', { noop })
const gator = new Gator(process.argv[2])
await gator.task(noop)
// Longer than a turn of the event loop, so that the connection is idle when it begins.
await new Promise((resolve) => setTimeout(resolve, 50))
for (let n = 0; n < 500; n += 1) void gator.task(noop)
console.log('last line')
