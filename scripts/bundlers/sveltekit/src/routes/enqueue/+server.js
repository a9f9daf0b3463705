import { json } from '@sveltejs/kit'
import { enqueueAll } from '$lib/server/queue.js'
import { tasks } from '$lib/server/web.js'

export const GET = async () => json(await enqueueAll(tasks))
