// @ts-check
// `node post.mjs`: somebody posts. The e-mails wait on the queue until a worker runs.
import { gator } from './gator.js'
import { announcePost } from './new-post.js'

const tasks = await announcePost(1)
console.log(`${tasks.length} e-mails are on the queue.`)
await gator.close()
