import { describeClient } from '@alligator/conformance'
import { LocmemClient } from '@alligator/core'
import { SqsClient } from '../src/index.js'
import { Emulator } from './emulator.js'

let emulator: Emulator
const environment = { ...process.env }

beforeAll(async () => {
  emulator = await Emulator.start()
  // Where the SDK looks first.
  process.env['AWS_ACCESS_KEY_ID'] = 'test'
  process.env['AWS_SECRET_ACCESS_KEY'] = 'test'
})
afterAll(async () => {
  process.env = environment
  await emulator.close()
})

describeClient('sqs', {
  create() {
    const query = new URLSearchParams({
      endpoint: emulator.endpoint,
      prefix: emulator.prefix,
      create_queues: 'true',
      long_poll: '1s',
    })
    // What SQS cannot keep.
    const { state, results } = new LocmemClient('locmem://')
    return {
      client() {
        const client = new SqsClient(`sqs://us-east-1/?${query.toString()}`)
        client.keepStateIn(state, results)
        return client
      },
    }
  },
  qualities: { ordered: false, anyQueueName: false, lateSettling: false, delayPrecision: 1 },
})
