// node push-raw.js all an-id 'what is no task'
import { Gator } from '@alligator/core'

await import(`@alligator/${process.env.STORE.split(':')[0]}`)
const gator = new Gator(process.env.STORE)
const [queue, taskId, data] = process.argv.slice(2)
await gator.backend.push(queue, taskId, data)
await gator.close()
