import { describeClient } from '@alligator/conformance'
import { BeanstalkClient } from '../src/index.js'
import { type BeanstalkServer, startBeanstalk } from './beanstalk-server.js'

let server: BeanstalkServer

beforeAll(async () => {
  server = await startBeanstalk()
})

afterAll(() => server.stop())

describeClient('beanstalkd', {
  create() {
    return {
      async client() {
        const client = new BeanstalkClient(server.dsn)
        // The suite asks for the largest payload first of all, and only the server knows it.
        await client.len('any')
        return client
      },
    }
  },
  qualities: { delayPrecision: 1 },
})
