// node schedule.js: declares schedules on the app's store
import { Gator } from '@alligator/core'
import { quick } from './tasks.js'

await import(`@alligator/${process.env.STORE.split(':')[0]}`)
const gator = new Gator(process.env.STORE)
await gator.schedule('digest', '0 9 * * 1-5', { timeZone: 'Europe/Berlin' }).task(quick, 'daily')
await gator.schedule('clean-up', { every: '5m' }).task(quick, 'all')
await gator.schedule('month end', '0 0 L * *').task(quick, '\u001b[2J')
await gator.close()
