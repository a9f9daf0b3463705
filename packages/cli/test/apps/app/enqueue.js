// node enqueue.js '[["quick", "a"]]': in a process of its own
import { enqueue } from './inside.js'

await enqueue(process.env.STORE, 'all', JSON.parse(process.argv[2]))
