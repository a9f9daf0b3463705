// A bundle has no modules to find functions in, so every task has a name here.
import { registerTasks } from '@alligator/core'
import { sendWelcome } from './emails'

registerTasks('emails', { sendWelcome })
