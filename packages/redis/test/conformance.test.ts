import { describeClient } from '@alligator/conformance'
import { RedisClient } from '../src/index.js'
import { type RedisServer, startRedis } from './redis-server.js'

let server: RedisServer

beforeAll(async () => {
  server = await startRedis()
})

afterAll(() => server.stop())

describeClient('redis', {
  create() {
    return { client: () => new RedisClient(server.dsn) }
  },
  // Its clock counts milliseconds, and so do delays.
  qualities: { delayPrecision: 0.002 },
})
