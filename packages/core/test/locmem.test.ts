import { type Clock, type Delivery, LocmemClient, systemClock } from '@alligator/core'
import { VirtualClock } from '@alligator/core/testing'
import { Heap } from '../src/locmem/heap.js'
import { oncePerProcess } from '../src/base/process-state.js'

// What every backend promises is proved for this one in @alligator/conformance; here is what is its own.

const QUEUE = 'all'
const ids = (deliveries: readonly Delivery[]) => deliveries.map((delivery) => delivery.taskId)
const names = (count: number) => Array.from({ length: count }, (_, number) => `task-${number}`)

const clients: LocmemClient[] = []

function open(dsn = 'locmem://', clock: Clock = systemClock): LocmemClient {
  const client = new LocmemClient(dsn, { clock })
  clients.push(client)
  return client
}

afterEach(() => Promise.all(clients.splice(0).map((client) => client.close())))

/** The same disorder each time. */
function shuffle<T>(items: readonly T[]): T[] {
  return items
    .map((item, at) => ({ item, at: (at * 7919) % 104_729 }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item)
}

async function pushAll(client: LocmemClient, taskIds: readonly string[]): Promise<void> {
  await client.pushMany(
    QUEUE,
    taskIds.map((taskId) => ({ taskId, data: taskId })),
  )
}

describe('the DSN', () => {
  it('without a name is a store of its own', async () => {
    const [a, b] = [open(), open()]
    await a.push(QUEUE, 'one', 'one')
    expect(await b.len(QUEUE)).toBe(0)
  })

  it('with a name is one store for the process, until its last client closes', async () => {
    const [a, b] = [open('locmem://shared'), open('locmem://shared')]
    await a.push(QUEUE, 'one', 'one')
    await a.close()
    await a.close()
    expect(await b.len(QUEUE)).toBe(1)
    await b.close()
    expect(oncePerProcess('locmem', () => new Map()).has('shared')).toBe(false)
    expect(await open('locmem://shared').len(QUEUE)).toBe(0)
  })

  it('must be one of the local memory', () => {
    expect(() => new LocmemClient('redis://user:secret@localhost')).toThrow('Write it like locmem://')
    expect(() => new LocmemClient('redis://user:secret@localhost')).not.toThrow('secret')
  })
})

describe('order', () => {
  it('is kept by many tasks whose leases lapse at different times', async () => {
    const clock = new VirtualClock()
    const client = open('locmem://', clock)
    await pushAll(client, names(500))
    for (const lease of shuffle(names(400).map((_, at) => at + 1))) await client.reserve([QUEUE], { lease })
    await clock.advance(401)
    expect(ids(await client.reserve([QUEUE], { lease: 1, limit: 1000 }))).toEqual(names(500))
  })

  it('is that of their delays for tasks that fall due', async () => {
    const clock = new VirtualClock()
    const client = open('locmem://', clock)
    const due = (id: string) => clock.now() + 1 + Number(id.slice('task-'.length))
    for (const id of shuffle(names(500))) await client.push(QUEUE, id, id, due(id))
    for (const id of names(500).filter((_, at) => at % 3 === 0)) await client.byId.remove(QUEUE, id)
    await clock.advance(501)
    const expected = names(500).filter((_, at) => at % 3 !== 0)
    expect(ids(await client.reserve([QUEUE], { lease: 1, limit: 1000 }))).toEqual(expected)
  })

  it('has an old place for a task that was taken out of the middle and released', async () => {
    const client = open()
    await pushAll(client, names(5))
    const middle = await client.byId.reserve(QUEUE, 'task-2', 30)
    if (middle) await client.release(middle)
    expect(ids(await client.reserve([QUEUE], { lease: 30, limit: 10 }))).toEqual(names(5))
  })
})

describe('payloads', () => {
  it('cannot be changed by whoever is given their bytes', async () => {
    const client = open()
    await client.push(QUEUE, 'one', new Uint8Array([1, 2, 3]))
    const [first] = await client.reserve([QUEUE], { lease: 30 })
    if (first?.data instanceof Uint8Array) first.data.fill(9)
    if (first) await client.release(first)
    const [second] = await client.reserve([QUEUE], { lease: 30 })
    expect(second?.data).toEqual(new Uint8Array([1, 2, 3]))
  })
})

describe('waiting', () => {
  it('is served after the tick, so that one wait takes what is pushed together', async () => {
    const client = open()
    const answer = client.reserve([QUEUE], { lease: 30, limit: 10, wait: 60 })
    for (const id of names(3)) void client.push(QUEUE, id, id)
    expect(ids(await answer)).toEqual(names(3))
  })

  it('goes first come first served', async () => {
    const client = open()
    const answers = names(3).map(() => client.reserve([QUEUE], { lease: 30, wait: 60 }))
    await pushAll(client, names(3))
    expect((await Promise.all(answers)).map(ids)).toEqual([['task-0'], ['task-1'], ['task-2']])
  })

  it('needs timers only while somebody waits', async () => {
    const clock = new CountingClock()
    const client = open('locmem://', clock)
    for (const id of names(100)) await client.push(QUEUE, id, id, clock.now() + 600)
    expect(clock.open).toBe(0)
    const abort = new AbortController()
    const answers = names(5).map(() => client.reserve([QUEUE], { lease: 30, wait: 60, signal: abort.signal }))
    expect(clock.open).toBe(5 + 1)
    abort.abort()
    await Promise.all(answers)
    expect(clock.open).toBe(0)
  })

  it('wakes in real time when a delay ends', async () => {
    const client = open()
    const due = Date.now() / 1000 + 0.05
    await client.push(QUEUE, 'one', 'one', due)
    expect(ids(await client.reserve([QUEUE], { lease: 30, wait: 20 }))).toEqual(['one'])
    expect(Date.now() / 1000).toBeGreaterThanOrEqual(due)
  })
})

describe('the heap', () => {
  it('gives its items in order, whichever leave from the middle', () => {
    const heap = new Heap<{ slot: number; value: number }>((a, b) => a.value < b.value)
    const items = shuffle(names(1000).map((_, value) => ({ slot: -1, value })))
    for (const item of items) heap.add(item)
    for (const item of items) if (item.value % 4 === 0) heap.remove(item)
    const given: number[] = []
    for (let first = heap.first; first; first = heap.first) {
      heap.remove(first)
      given.push(first.value)
    }
    expect(given).toEqual(names(1000).flatMap((_, value) => (value % 4 === 0 ? [] : [value])))
  })
})

class CountingClock implements Clock {
  open = 0

  now(): number {
    return systemClock.now()
  }

  timer(seconds: number, callback: () => void): () => void {
    this.open += 1
    const cancel = systemClock.timer(seconds, callback)
    return () => {
      this.open -= 1
      cancel()
    }
  }
}
