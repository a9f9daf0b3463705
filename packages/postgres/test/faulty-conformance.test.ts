import { describeClient } from '@alligator/conformance'
import { Proxy, type Server, startPostgres } from '@alligator/testbed'
import { PostgresClient } from '../src/client.js'

/** Milliseconds between two cuts: often enough to meet commands, and seldom enough for some to get through. */
const CUT_EVERY = 197

let server: Server

beforeAll(async () => {
  server = await startPostgres()
})

afterAll(() => server.close())

describeClient('postgres behind a proxy that cuts connections', {
  async create() {
    const proxy = await Proxy.to(server.port)
    const cutting = setInterval(() => proxy.cut(), CUT_EVERY)
    return {
      client: () => new PostgresClient(server.dsnVia(proxy)),
      async close() {
        clearInterval(cutting)
        await proxy.close()
      },
    }
  },
  // A command that is repeated is late, and with it the delay or the lease that it begins.
  qualities: { delayPrecision: 0.3 },
  // A history is compared answer by answer, and an answer that a cut has swallowed leaves a doubt: whether a task that is
  // gone was acked by the first try of a command, or dropped by somebody else, its second try cannot tell.
  runs: 0,
})
