import { describeClient } from '@alligator/conformance'
import { type Server, startRedis } from '@alligator/testbed'
import { RedisClient } from '../src/index.js'

let server: Server

beforeAll(async () => {
  server = await startRedis()
})

afterAll(() => server.close())

describeClient('redis', {
  create() {
    return { client: () => new RedisClient(server.dsn) }
  },
  // Its clock counts milliseconds, and so do delays.
  qualities: { delayPrecision: 0.002 },
})
