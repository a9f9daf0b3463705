import { sendDigest } from './digest.js'
import { gator } from './gator.js'

await gator.schedule('digest', '0 9 * * 1', { timeZone: 'Europe/Berlin' }).task(sendDigest)
