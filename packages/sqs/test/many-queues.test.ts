import { SqsClient } from '../src/index.js'
import { Emulator } from './emulator.js'

/** More than the SDK has sockets. */
const NAMES = Array.from({ length: 60 }, (_, at) => `tenant${at}`)

let emulator: Emulator

beforeAll(async () => {
  emulator = await Emulator.start()
  await Promise.all(NAMES.map((name) => emulator.queue(name)))
})
afterAll(() => emulator.close())

/** The SDK looks for them in the environment. */
function withCredentials<T>(open: () => T): T {
  process.env['AWS_ACCESS_KEY_ID'] = process.env['AWS_SECRET_ACCESS_KEY'] = 'test'
  return open()
}

afterAll(() => {
  delete process.env['AWS_ACCESS_KEY_ID']
  delete process.env['AWS_SECRET_ACCESS_KEY']
})

describe.each([
  [
    'a client of its own',
    () => {
      const query = new URLSearchParams({ endpoint: emulator.endpoint, prefix: emulator.prefix })
      return withCredentials(() => new SqsClient(`sqs://us-east-1/?${String(query)}`))
    },
  ],
  ["the app's client", () => emulator.client({ longPoll: 20 })],
])('with %s, who waits on more queues than there are sockets', (_, open) => {
  it('can push and settle meanwhile, and is given what comes to each of them', async () => {
    const client = open()
    const stops: AbortController[] = []
    const others = NAMES.map((name) => {
      const stop = new AbortController()
      stops.push(stop)
      return client.reserve([name], { lease: 30, wait: 600, limit: 10, signal: stop.signal })
    })
    for (const name of [NAMES[0], NAMES.at(-1)]) {
      if (name === undefined) throw new Error('there are names')
      await client.push(name, '', name)
      const taken = await others[NAMES.indexOf(name)]
      expect(taken?.map(({ data }) => data)).toEqual([name])
      expect(await client.extend(taken ?? [], 60)).toEqual([])
      expect(await client.ack(taken ?? [])).toEqual([])
    }
    for (const stop of stops) stop.abort()
    await Promise.all(others)
    await client.close()
  })
})
