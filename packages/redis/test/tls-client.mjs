// Started by tls.test.ts with NODE_EXTRA_CA_CERTS, which Node.js reads only as it starts.
import { RedisClient } from '@alligator/redis'

const client = new RedisClient(process.argv[2], { timeout: 5 })
try {
  await client.push('all', 'id', 'over TLS')
  const [delivery] = await client.reserve(['all'], { lease: 5 })
  console.log(delivery.data)
  await client.ack([delivery])
} catch (error) {
  console.log(error.code)
} finally {
  await client.close()
}
