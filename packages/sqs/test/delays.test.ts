import { type Clock, systemClock } from '@alligator/core'
import { Emulator, type SentRequest } from './emulator.js'

/** So many seconds of SQS pass in one: 15 minutes in three quarters of a second are too short for whole seconds. */
const SPEED = 900

let emulator: Emulator

beforeAll(async () => {
  emulator = await Emulator.start()
})
afterAll(() => emulator.stop())

/** A clock on which time flies. */
function fastClock(): Clock {
  const start = systemClock.now()
  return { ...systemClock, now: () => start + (systemClock.now() - start) * SPEED }
}

/** Shortens the delays of every request, as time flies for SQS too. */
function speedUp({ input }: SentRequest): void {
  for (const entry of (input['Entries'] ?? []) as { DelaySeconds?: number }[]) {
    if (entry.DelaySeconds !== undefined) entry.DelaySeconds = Math.ceil(entry.DelaySeconds / SPEED)
  }
}

test('a delay of more than 15 minutes is kept in hops: not early, not lost, one task, with its first id', async () => {
  const clock = fastClock()
  const delays: unknown[] = []
  const sdk = emulator.sdk((request) => {
    if (request.name === 'SendMessageBatch')
      for (const entry of request.input['Entries'] as { DelaySeconds: number }[])
        delays.push(entry.DelaySeconds)
    speedUp(request)
  })
  const client = emulator.client({ clock }, sdk)
  const due = clock.now() + 2.5 * 900
  const id = await client.push('hops', 'task-1', 'later', due)
  // The wait ends by the fast clock, so that it is asked for generously.
  const [delivery] = await client.reserve(['hops'], { lease: 30, wait: 20 })
  expect(delivery).toMatchObject({ taskId: id, data: 'later', deliveries: 1 })
  expect(clock.now()).toBeGreaterThanOrEqual(due)
  expect(delays.slice(0, 2)).toEqual([900, 900])
  expect(delays.length).toBeGreaterThanOrEqual(3)
  expect(Math.max(...delays.map(Number))).toBe(900)
  if (delivery) await client.ack([delivery])
  expect(await client.counts('hops')).toEqual({ waiting: 0, delayed: 0, running: 0, dead: 0 })
})

test('a hop that fails loses nothing', async () => {
  const clock = fastClock()
  let isDown = false
  const sdk = emulator.sdk((request) => {
    if (isDown && request.name === 'SendMessageBatch') throw new Error('the network is down')
    speedUp(request)
  })
  const client = emulator.client({ clock }, sdk)
  await client.push('failing', 'task-1', 'later', clock.now() + 1800)
  isDown = true
  // It comes before it is due, and cannot be sent on: it is hidden for the lease, and comes again.
  expect(await client.reserve(['failing'], { lease: 1, wait: 2 })).toEqual([])
  isDown = false
  const [delivery] = await client.reserve(['failing'], { lease: 1, wait: 20 })
  expect(delivery?.data).toBe('later')
})
