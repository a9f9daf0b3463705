import { registerTasks } from '@alligator/core'
import { quick } from './tasks.js'

registerTasks('mail', { send: (name) => quick(name) })
