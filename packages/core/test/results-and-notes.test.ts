import { type Delivery, Gator, LocmemClient, type Payload } from '../src/index.js'
import { EventStream } from '../src/events/event-stream.js'
import { silentLogger } from '../src/events/logger.js'
import type { Subject } from '../src/execution/host.js'
import { LeaseKeeper } from '../src/execution/lease-keeper.js'
import { settle } from '../src/execution/settle.js'
import { VirtualClock } from '../src/testing.js'

const LEASE = 30
/** Seconds after which a keeper has renewed once more. */
const RENEWED = LEASE / 3
const KEPT = { result: '42', keepFor: 60 }

/** A store in memory that also keeps results and notes. */
class KeepingClient extends LocmemClient {
  readonly kept: [taskId: string, result: Payload, keepFor: number][] = []
  readonly noted: [taskId: string, note: Payload][] = []
  /** How many renewals fail from now on. */
  failures = 0

  override readonly results: LocmemClient['results'] = {
    ack: async (finished) => {
      const lost = await this.ack(finished.map(({ delivery }) => delivery))
      for (const { delivery, result, keepFor } of finished)
        if (!lost.includes(delivery)) this.kept.push([delivery.taskId, result, keepFor])
      return lost
    },
  }

  override readonly notes: LocmemClient['notes'] = {
    extend: async (deliveries, lease, notes) => {
      if (this.failures-- > 0) throw new Error('The store is away.')
      const lost = await this.extend(deliveries, lease)
      for (const [delivery, note] of notes)
        if (!lost.includes(delivery)) this.noted.push([delivery.taskId, note])
      return lost
    },
  }
}

async function take(client: LocmemClient, id: string): Promise<Delivery> {
  await client.push('all', id, id)
  const [delivery] = await client.reserve(['all'], { lease: LEASE })
  if (!delivery) throw new Error('Nothing was handed out.')
  return delivery
}

/** As a worker has it whose function has just ended. */
function ended(delivery: Delivery): Subject {
  return {
    delivery,
    task: undefined,
    seconds: 0,
    loss: undefined,
    error: undefined,
    args: undefined,
    end: () => undefined,
  }
}

async function finish(engine: Gator, delivery: Delivery): Promise<string> {
  const clock = new VirtualClock()
  const keeper = new LeaseKeeper(engine.backend, clock, LEASE)
  keeper.hold(delivery, () => undefined)
  const events = new EventStream(silentLogger)
  try {
    const host = { engine, keeper, ident: () => 'somebody', events }
    return await settle({ type: 'success', kept: KEPT }, ended(delivery), host)
  } finally {
    keeper.stop()
  }
}

describe('a result', () => {
  test('is kept in the step that settles its task', async () => {
    const client = new KeepingClient('locmem://')
    await using gator = new Gator(client)
    const delivery = await take(client, 'one')
    expect(await finish(gator, delivery)).toBe('success')
    expect(client.kept).toEqual([['one', '42', 60]])
    expect(await client.counts('all')).toMatchObject({ waiting: 0, running: 0 })
  })

  test('of a task that is not held any more is not kept', async () => {
    const client = new KeepingClient('locmem://')
    await using gator = new Gator(client)
    const delivery = await take(client, 'one')
    await client.release(delivery)
    expect(await finish(gator, delivery)).not.toBe('success')
    expect(client.kept).toEqual([])
  })

  test('is refused where the store keeps none, and the task stays held', async () => {
    const client = new LocmemClient('locmem://')
    await using gator = new Gator(client)
    const delivery = await take(client, 'one')
    await expect(finish(gator, delivery)).rejects.toMatchObject({ code: 'NOT_SUPPORTED' })
  })
})

describe('a note', () => {
  const clock = new VirtualClock()
  let client: KeepingClient
  let keeper: LeaseKeeper
  let delivery: Delivery

  beforeEach(async () => {
    client = new KeepingClient('locmem://', { clock })
    keeper = new LeaseKeeper(client, clock, LEASE)
    delivery = await take(client, 'one')
    keeper.hold(delivery, () => undefined)
  })
  afterEach(async () => {
    keeper.stop()
    await client.close()
  })

  test('goes with the next renewal, the last one of each task, and with that one alone', async () => {
    keeper.note(delivery, 'a third')
    keeper.note(delivery, 'a half')
    expect(client.noted).toEqual([])
    await clock.advance(RENEWED)
    await clock.advance(RENEWED)
    expect(client.noted).toEqual([['one', 'a half']])
  })

  test('goes with a later renewal when one fails, unless the task has told something newer', async () => {
    client.failures = 1
    keeper.note(delivery, 'a third')
    await clock.advance(RENEWED)
    expect(client.noted).toEqual([])
    await clock.advance(RENEWED)
    client.failures = 1
    keeper.note(delivery, 'a half')
    const renewed = clock.advance(RENEWED)
    keeper.note(delivery, 'all')
    await renewed
    await clock.advance(RENEWED)
    expect(client.noted).toEqual([
      ['one', 'a third'],
      ['one', 'all'],
    ])
  })

  test('of what is not held any more is dropped', async () => {
    keeper.drop(delivery)
    keeper.note(delivery, 'a third')
    await clock.advance(RENEWED)
    expect(client.noted).toEqual([])
  })

  test('is refused where the store keeps none', async () => {
    const other = new LocmemClient('locmem://', { clock })
    await using _gator = new Gator(other)
    expect(() => new LeaseKeeper(other, clock, LEASE).note(delivery, 'a third')).toThrow(
      expect.objectContaining({ code: 'NOT_SUPPORTED' }),
    )
  })
})
