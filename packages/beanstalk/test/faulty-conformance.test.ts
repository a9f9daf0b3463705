import { describeClient } from '@alligator/conformance'
import { Proxy, type Server, startBeanstalk } from '@alligator/testbed'
import { BeanstalkClient } from '../src/index.js'

/** Milliseconds between two stalls, and how long each lasts. */
const STALL_EVERY = 97
const STALL = 40

let server: Server

beforeAll(async () => {
  server = await startBeanstalk()
})

afterAll(() => server.close())

describeClient('beanstalkd, killed before each scenario and behind a proxy that stalls,', {
  async create() {
    await server.restart('SIGKILL')
    const proxy = await Proxy.to(server.port)
    const stalling = setInterval(() => {
      proxy.stall()
      setTimeout(() => proxy.resume(), STALL)
    }, STALL_EVERY)
    return {
      async client() {
        const client = new BeanstalkClient(server.dsnVia(proxy))
        await client.len('any')
        return client
      },
      async close() {
        clearInterval(stalling)
        await proxy.close()
      },
    }
  },
  qualities: { delayPrecision: 1 },
})
