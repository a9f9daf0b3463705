import { type Clock, systemClock } from '@alligator/core'
import { Emulator, type SentRequest } from './emulator.js'

let emulator: Emulator

beforeAll(async () => {
  emulator = await Emulator.start()
})
afterAll(() => emulator.close())

/** Time that passes only while SQS delays a message, which takes it no time then. */
class HopClock {
  readonly hops: number[] = []
  readonly clock: Clock = { ...systemClock, now: () => this.#now }
  #now = systemClock.now()

  /** To be called with each request that goes to SQS. */
  skip({ name, input }: SentRequest): void {
    if (name !== 'SendMessageBatch') return
    for (const entry of input['Entries'] as { DelaySeconds?: number }[]) {
      if (entry.DelaySeconds === undefined) continue
      this.hops.push(entry.DelaySeconds)
      this.#now += entry.DelaySeconds
      entry.DelaySeconds = 0
    }
  }
}

test('a delay of more than 15 minutes is kept in hops: not early, not lost, one task, with its first id', async () => {
  const time = new HopClock()
  const { clock } = time
  const sdk = emulator.sdk((request) => time.skip(request))
  const client = emulator.client({ clock }, sdk)
  const due = clock.now() + 2.5 * 900
  const id = await client.push('hops', 'task-1', 'later', due)
  const [delivery] = await client.reserve(['hops'], { lease: 30, wait: 20 })
  expect(delivery).toMatchObject({ taskId: id, data: 'later', deliveries: 1 })
  expect(time.hops).toEqual([900, 900, 450])
  expect(clock.now()).toBeGreaterThanOrEqual(due)
  if (delivery) await client.ack([delivery])
  expect(await client.counts('hops')).toEqual({ waiting: 0, delayed: 0, running: 0, dead: 0 })
})

test('a hop that fails loses nothing', async () => {
  const time = new HopClock()
  let isDown = false
  const sdk = emulator.sdk((request) => {
    if (isDown && request.name === 'SendMessageBatch') throw new Error('the network is down')
    time.skip(request)
  })
  const client = emulator.client({ clock: time.clock }, sdk)
  await client.push('failing', 'task-1', 'later', time.clock.now() + 1800)
  isDown = true
  // It comes before it is due, and cannot be sent on: it is hidden for the lease, and comes again.
  expect(await client.reserve(['failing'], { lease: 1, wait: 2 })).toEqual([])
  isDown = false
  const [delivery] = await client.reserve(['failing'], { lease: 1, wait: 20 })
  expect(delivery?.data).toBe('later')
  expect(time.hops).toEqual([900, 900])
})
