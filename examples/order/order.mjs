// @ts-check
// Orders, and waits until that has come to its end: `node order.mjs 7 tea cup`.
import { gator } from './gator.js'
import { order } from './orders.js'

const [id = '7', ...items] = process.argv.slice(2)

const task = await gator
  .options({ taskId: `order-${id}`, retries: 3, keepResult: '1d' })
  .task(order, Number(id), items.length > 0 ? items : ['tea', 'cup'], 1200)
console.log(`${task.taskId} is on its queue`)
const { charge, text } = await task.finished({ timeout: '1m' })
console.log(`${charge}: ${text}`)
await gator.close()
