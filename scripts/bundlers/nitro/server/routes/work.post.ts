import { workOff } from '../utils/queue'
import { tasks } from '../utils/web'

export default defineEventHandler(async (event) => workOff(tasks, await readBody(event)))
