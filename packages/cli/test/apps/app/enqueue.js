// node enqueue.js '{ "queue": "all", "tasks": [["quick", "a"]] }'
import { Gator } from '@alligator/core'
import * as tasks from './tasks.js'

await import(`@alligator/${process.env.STORE.split(':')[0]}`)
const { queue = 'all', tasks: calls, options = {} } = JSON.parse(process.argv[2])
const gator = new Gator(process.env.STORE, { queueName: queue })
for (const [name, ...args] of calls) await gator.options(options).task(tasks[name], ...args)
await gator.close()
