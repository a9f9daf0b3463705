// node enqueue.js '{ "queue": "all", "options": { "retries": 1, "onError": "oneMore" }, "tasks": [["quick", "a"]] }'
import { Gator } from '@alligator/core'
import * as tasks from './tasks.js'

await import(`@alligator/${process.env.STORE.split(':')[0]}`)
const { queue = 'all', options = {}, tasks: calls } = JSON.parse(process.argv[2])
const onError = options.onError && tasks[options.onError]
const gator = new Gator(process.env.STORE, { queueName: queue })
for (const [name, ...args] of calls) await gator.options({ ...options, onError }).task(tasks[name], ...args)
await gator.close()
