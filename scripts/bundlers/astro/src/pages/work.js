import { workOff } from '../lib/queue.js'
import { tasks } from '../lib/web.js'

export const POST = async ({ request }) => Response.json(await workOff(tasks, await request.json()))
