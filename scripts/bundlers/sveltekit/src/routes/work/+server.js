import { json } from '@sveltejs/kit'
import { workOff } from '$lib/server/queue.js'
import { tasks } from '$lib/server/web.js'

export const POST = async ({ request }) => json(await workOff(tasks, await request.json()))
