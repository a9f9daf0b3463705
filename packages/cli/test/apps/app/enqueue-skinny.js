import { gator } from './gator.js'
import { quick } from './tasks.js'

await gator.task(quick, 'skinny')
await gator.close()
