import { enqueueAll } from '../utils/queue'
import { tasks } from '../utils/web'

export default defineEventHandler(() => enqueueAll(tasks))
