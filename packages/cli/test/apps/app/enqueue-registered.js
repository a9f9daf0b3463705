import { Gator, importAttr } from '@alligator/core'
import '@alligator/sqlite'
import './registered.js'

const gator = new Gator(process.env.STORE)
await gator.task(await importAttr('mail', 'send'), 'registered')
await gator.close()
