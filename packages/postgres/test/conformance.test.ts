import { describeClient } from '@alligator/conformance'
import { type Server, startPostgres } from '@alligator/testbed'
import { PostgresClient } from '../src/index.js'

let server: Server

beforeAll(async () => {
  server = await startPostgres()
})

afterAll(() => server.close())

describeClient('postgres', {
  create() {
    return { client: () => new PostgresClient(server.dsn) }
  },
  // Its clock counts microseconds, and that of the suite milliseconds.
  qualities: { delayPrecision: 0.002 },
})
