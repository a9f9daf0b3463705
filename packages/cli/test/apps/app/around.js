// A gator with middleware; the headers of a task tell it what to do.
import { appendFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isMainThread } from 'node:worker_threads'
import { Gator } from '@alligator/core'

await import(`@alligator/${process.env.STORE.split(':')[0]}`)
const log = fileURLToPath(new URL('ran.log', import.meta.url))

function compute(milliseconds) {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

// Not when something has to exit it.
if (isMainThread) process.on('beforeExit', () => console.log('the process ends by itself'))

export const gator = new Gator(process.env.STORE).use({
  enqueue(tasks, next) {
    for (const task of tasks) task.headers = { ...task.headers, tenant: `one of ${task.queue}` }
    return next(tasks.filter(({ funcArgs }) => funcArgs[0] !== 'unwanted'))
  },
  async run(task, next) {
    const { busy = '0', hangs, tenant } = task.headers
    compute(Number(busy))
    appendFileSync(log, `around ${task.func.name} for ${tenant}\n`)
    try {
      return await next()
    } finally {
      compute(Number(busy))
      if (hangs) await new Promise(() => setInterval(() => undefined, 1000))
    }
  },
})
