import { type Delivery, LocmemClient, systemClock } from '@alligator/core'
import { monotonic } from '../src/base/shared-times.js'
import { Beat } from '../src/execution/beat.js'
import { LeaseKeeper, type StandIn } from '../src/execution/lease-keeper.js'
import { callWithin, deadline } from '../src/task/deadline.js'
import { compute } from './tasks.js'

const LEASE = 0.2
/** Milliseconds after which a lease has lapsed. */
const LONG = 250

/** Remembers what it was told, and renews nothing. */
class IdleStandIn implements StandIn {
  due: number | undefined
  renewed = 0

  expect(due: number): void {
    this.due = due
  }

  rest(): void {
    this.due = undefined
  }
}

const client = new LocmemClient('locmem://')
const standIn = new IdleStandIn()
const blocked: { seconds: number; kept: boolean }[] = []
const onBlocked = (seconds: number, kept: boolean) => blocked.push({ seconds, kept })
const keeper = new LeaseKeeper(client, systemClock, LEASE, { standIn, onBlocked })

async function take(id: string): Promise<Delivery> {
  await client.push('all', id, id)
  const [delivery] = await client.reserve(['all'], { lease: LEASE })
  if (!delivery) throw new Error('Nothing was handed out.')
  return delivery
}

beforeEach(() => {
  standIn.renewed = 0
  blocked.splice(0)
})
afterEach(async () => {
  keeper.stop()
  await client.dropAll('all')
})
afterAll(() => client.close())

test('its stand-in knows when it will renew next, and when nothing is held', async () => {
  const delivery = await take('one')
  const before = monotonic()
  keeper.hold(delivery, () => undefined)
  expect(standIn.due).toBeGreaterThanOrEqual(before + LEASE / 3)
  expect(standIn.due).toBeLessThanOrEqual(monotonic() + LEASE / 3)
  keeper.stop()
  expect(standIn.due).toBeUndefined()
})

test('what is gone was canceled while its lease cannot have lapsed: since the keeper renewed it, or its stand-in', async () => {
  const delivery = await take('one')
  keeper.hold(delivery, () => undefined)
  // No await between these: what is canceled is let go of at once.
  const canceling = client.cancellation.cancel('all', 'one')
  const fresh = keeper.lossOf(delivery)
  compute(LONG)
  const late = keeper.lossOf(delivery)
  standIn.renewed = monotonic()
  const renewed = keeper.lossOf(delivery)
  expect(await Promise.all([fresh, late, renewed])).toEqual(['canceled', 'lost', 'canceled'])
  await canceling
})

test('what is gone although its lease cannot have lapsed, and nobody canceled it, its store has lost', async () => {
  const delivery = await take('one')
  keeper.hold(delivery, () => undefined)
  await client.dropAll('all')
  expect(await keeper.lossOf(delivery)).toBe('gone')
})

test('what is overdue is renewed when it is asked to catch up, which tells of the standstill and what came of it', async () => {
  const [kept, lost] = [await take('one'), await take('two')]
  const losses: string[] = []
  keeper.hold(kept, (loss) => losses.push(`one ${loss}`))
  expect(keeper.catchUp()).toBeUndefined()
  compute(LONG)
  await keeper.catchUp()
  expect(blocked).toEqual([{ seconds: expect.any(Number), kept: true }])
  keeper.hold(lost, (loss) => losses.push(`two ${loss}`))
  await client.ack([lost])
  compute(LONG)
  await keeper.catchUp()
  expect(losses).toEqual(['two lost'])
  expect(blocked.map((one) => one.kept)).toEqual([true, false])
})

test('a beat is known to both threads: a renewal with a gap before it proves nothing until the keeper renews', () => {
  const beat = new Beat()
  const there = new Beat(beat.words)
  beat.due = 12.5
  expect(there.due).toBe(12.5)
  there.renew(13, true)
  expect(beat.renewed).toBe(13)
  there.renew(20, false)
  there.renew(21, true)
  expect(beat.renewed).toBe(0)
  beat.due = 22
  there.renew(23, true)
  expect(beat.renewed).toBe(23)
})

test('while a function is called that has a timeout, its end is known; of several the first', () => {
  const left = () => deadline.get(0) - monotonic()
  const seen = callWithin(60, () => [left(), callWithin(600, left), callWithin(6, left), left()])
  for (const [at, seconds] of [60, 60, 6, 60].entries()) expect(seen[at]).toBeCloseTo(seconds, 0)
  expect(() => callWithin(60, () => JSON.parse('{'))).toThrow(SyntaxError)
  expect(deadline.get(0)).toBe(0)
})
