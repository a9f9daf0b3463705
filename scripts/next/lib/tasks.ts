import { registerTasks } from '@alligator/core'
import { sendWelcome } from './emails'

registerTasks('emails', { sendWelcome })
