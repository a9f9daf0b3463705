// node enqueue.js '{ "queue": "all", "tasks": [["quick", "a"]] }'
import { Gator } from '@alligator/core'
import '@alligator/sqlite'
import * as tasks from './tasks.js'

const { queue = 'all', tasks: calls } = JSON.parse(process.argv[2])
const gator = new Gator(process.env.STORE, { queueName: queue })
for (const [name, ...args] of calls) await gator.task(tasks[name], ...args)
await gator.close()
