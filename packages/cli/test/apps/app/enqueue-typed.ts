import { gator, typed } from './typed.js'

await gator.task(typed, 'a')
await gator.close()
