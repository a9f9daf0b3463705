import { describeClient } from '@alligator/conformance'
import { LocmemClient } from '@alligator/core'
import { type Server, startBeanstalk } from '@alligator/testbed'
import { BeanstalkClient } from '../src/index.js'

let server: Server

beforeAll(async () => {
  server = await startBeanstalk()
})

afterAll(() => server.close())

describeClient('beanstalkd', {
  create() {
    // What beanstalkd cannot keep.
    const { state, results } = new LocmemClient('locmem://')
    return {
      async client() {
        const client = new BeanstalkClient(server.dsn)
        client.keepStateIn(state, results)
        // The suite asks for the largest payload first of all, and only the server knows it.
        await client.len('any')
        return client
      },
    }
  },
  qualities: { delayPrecision: 1 },
})
