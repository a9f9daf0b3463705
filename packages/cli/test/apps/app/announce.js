// node announce.js '{ "id": "one", "name": "a worker", … }'
import { Gator } from '@alligator/core'

await import(`@alligator/${process.env.STORE.split(':')[0]}`)
const gator = new Gator(process.env.STORE)
await gator.backend.directory.announce(JSON.parse(process.argv[2]), 60)
await gator.close()
