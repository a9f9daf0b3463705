import { enqueueAll } from '../lib/queue.js'
import { tasks } from '../lib/web.js'

export const GET = async () => Response.json(await enqueueAll(tasks))
