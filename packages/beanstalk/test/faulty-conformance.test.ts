import { describeClient } from '@alligator/conformance'
import { BeanstalkClient } from '../src/index.js'
import { type BeanstalkServer, startBeanstalk } from './beanstalk-server.js'
import { Proxy } from './proxy.js'

/** Milliseconds between two stalls, and how long each lasts. */
const STALL_EVERY = 97
const STALL = 40

let server: BeanstalkServer

beforeAll(async () => {
  server = await startBeanstalk()
})

afterAll(() => server.stop())

describeClient('beanstalkd, killed before each scenario and behind a proxy that stalls,', {
  async create() {
    await server.kill()
    await server.start()
    const proxy = new Proxy(server.port)
    await proxy.start()
    const stalling = setInterval(() => proxy.stall(STALL), STALL_EVERY)
    return {
      async client() {
        const client = new BeanstalkClient(`beanstalk://127.0.0.1:${proxy.port}/`)
        await client.len('any')
        return client
      },
      async close() {
        clearInterval(stalling)
        await proxy.stop()
      },
    }
  },
  qualities: { delayPrecision: 1 },
})
