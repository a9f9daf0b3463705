import type { DeathReason, Delivery } from '@alligator/core'
import { type Proxy, until } from '@alligator/testbed'
import type { RedisClient } from '../src/index.js'
import { admin, clientOf, closeAll, proxyTo, serve } from './shaky.js'

const REASON: DeathReason = { code: 'ERROR', message: 'no', at: 1, worker: 'w', attempt: 1 }

afterEach(closeAll)

/** Loses the answer to what is asked, once the server has done it. */
async function loseAnswer<T>(
  { proxy }: { proxy: Proxy },
  ask: () => Promise<T>,
  isDone: () => Promise<boolean>,
): Promise<T> {
  proxy.swallowAnswers()
  const answer = ask()
  await until(isDone)
  proxy.cut()
  return answer
}

/** A task that is held by a client behind a proxy. */
async function hold() {
  const server = await serve()
  const way = await proxyTo(server)
  const redis = admin(server.port)
  await way.client.push('all', 'one', 'data')
  const [held] = await way.client.reserve(['all'], { lease: 30 })
  if (!held) throw new Error('a pushed task is handed out')
  return { ...way, redis, held }
}

describe('a command whose answer is lost', () => {
  it('is repeated: a push writes the task once', async () => {
    const { client, redis, ...way } = await hold()
    const done = async () => (await redis.llen('alligator:{all}:waiting')) === 1
    await loseAnswer(way, () => client.push('all', 'two', 'data'), done)
    expect(await client.counts('all')).toEqual({ waiting: 1, delayed: 0, running: 1, dead: 0 })
  })

  it('is repeated: a push does not write again what was taken and settled meanwhile', async () => {
    const { client, redis, held, proxy } = await hold()
    const other = clientOf(`redis://127.0.0.1:${redis.options.port}/0`)
    proxy.swallowAnswers()
    const pushed = Promise.allSettled([
      client.push('all', 'one', 'other data'),
      client.push('all', 'two', 'data'),
      client.push('all', 'three', 'data', 10 + Date.now() / 1000),
    ])
    const taken = await other.reserve(['all'], { lease: 30, wait: 5 })
    expect(await other.ack([held, ...taken])).toEqual([])
    await other.byId.remove('all', 'three')
    proxy.cut()
    expect((await pushed).map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled'])
    expect(await other.counts('all')).toEqual({ waiting: 0, delayed: 0, running: 0, dead: 0 })
    // The next push forgets it, and none holds more than those in doubt.
    for (const id of ['four', 'five']) await client.push('all', id, 'data')
    const [kept = ''] = await redis.keys('*:pushed:*')
    expect(await redis.get(kept)).toMatch(/^\d+:;$/)
    expect(await redis.pttl(kept)).toBeLessThanOrEqual(2000)
  })

  it('is repeated: nor does a push that is alone', async () => {
    const { client, redis, held, proxy } = await hold()
    const other = clientOf(`redis://127.0.0.1:${redis.options.port}/0`)
    await client.push('all', 'two', 'data')
    proxy.swallowAnswers()
    const pushed = client.push('all', 'three', 'data')
    await until(async () => (await other.counts('all')).waiting === 2)
    expect(await other.ack([held, ...(await other.reserve(['all'], { lease: 30, limit: 2 }))])).toEqual([])
    proxy.cut()
    expect(await pushed).toBe('three')
    expect(await other.counts('all')).toEqual({ waiting: 0, delayed: 0, running: 0, dead: 0 })
  })

  it('is repeated: a push with a key is told what stood in its way then, and writes nothing twice', async () => {
    const { client, redis, proxy } = await hold()
    const other = clientOf(`redis://127.0.0.1:${redis.options.port}/0`)
    const unique = { key: '0123456789abcdef'.repeat(2), until: 'started', onConflict: 'keep' } as const
    const add = (taskId: string) => client.uniqueness.push('all', [{ taskId, data: 'data', unique }])
    proxy.swallowAnswers()
    const pushed = Promise.all([add('of "two"; = ? /'), add('three')])
    const taken = await other.reserve(['all'], { lease: 30, wait: 5 })
    expect(await other.ack(taken)).toEqual([])
    proxy.cut()
    const told = { taskId: 'of "two"; = ? /', isDuplicate: false }
    expect(await pushed).toEqual([[told], [{ ...told, isDuplicate: true }]])
    expect(await other.counts('all')).toEqual({ waiting: 0, delayed: 0, running: 1, dead: 0 })
    await add('four')
    expect(await redis.hlen('alligator:{all}:unique')).toBe(1)
    const [kept = ''] = await redis.keys('*:placed:*')
    expect(await redis.get(kept)).toMatch(/^\d+:;$/)
    expect(await redis.pttl(kept)).toBeLessThanOrEqual(2000)
  })

  it('is repeated: a reserve gets what it was given before', async () => {
    const { client, redis, ...way } = await hold()
    await client.push('all', 'two', 'data')
    await client.push('all', 'three', 'data')
    const done = async () => (await redis.zcard('alligator:{all}:running')) === 2
    const taken = await loseAnswer(way, () => client.reserve(['all'], { lease: 30 }), done)
    expect(taken.map(({ taskId, deliveries }) => [taskId, deliveries])).toEqual([['two', 1]])
    expect(await client.ack(taken)).toEqual([])
    expect(await client.counts('all')).toEqual({ waiting: 1, delayed: 0, running: 1, dead: 0 })
  })

  it('is repeated: what an ack has settled is not reported as lost', async () => {
    const { client, redis, held, ...way } = await hold()
    const done = async () => (await redis.zcard('alligator:{all}:running')) === 0
    expect(await loseAnswer(way, () => client.ack([held]), done)).toEqual([])
    expect(await client.ack([held])).toEqual([held])
  })

  it('is repeated: a release and a bury tell that they were carried out', async () => {
    const { client, redis, held, ...way } = await hold()
    const done = async () => (await redis.zcard('alligator:{all}:running')) === 0
    expect(await loseAnswer(way, () => client.release(held, { data: 'changed' }), done)).toBe(true)
    const [again] = await client.reserve(['all'], { lease: 30 })
    expect(again).toMatchObject({ data: 'changed', deliveries: 1 })
    const isBuried = await loseAnswer(way, async () => again && client.bury(again, REASON), done)
    expect(isBuried).toBe(true)
    expect(await client.counts('all')).toEqual({ waiting: 0, delayed: 0, running: 0, dead: 1 })
  })

  it('is repeated: a release with a count puts the task back once, and tells so', async () => {
    const { client, redis, held, ...way } = await hold()
    const done = async () => (await redis.hget('alligator:{all}:receipts', ':one')) === ':.3'
    expect(await loseAnswer(way, () => client.release(held, { deliveries: 3 }), done)).toBe(true)
    expect(await client.counts('all')).toEqual({ waiting: 1, delayed: 0, running: 0, dead: 0 })
    const [again] = await client.reserve(['all'], { lease: 30, limit: 2 })
    expect(again).toMatchObject({ taskId: 'one', data: 'data', deliveries: 4 })
    expect(await client.ack(again ? [again] : [])).toEqual([])
    const left = ['tasks', 'waiting', 'running', 'receipts'].map((name) => `alligator:{all}:${name}`)
    expect(await redis.exists(left)).toBe(0)
  })

  it('is repeated: a reserve of what went back with a count gets it once, counted once', async () => {
    const { client, redis, held, ...way } = await hold()
    await client.release(held, { deliveries: 3 })
    const done = async () => /\.4$/.test(String(await redis.hget('alligator:{all}:receipts', ':one')))
    const taken = await loseAnswer(way, () => client.reserve(['all'], { lease: 30 }), done)
    expect(taken.map(({ taskId, deliveries }) => [taskId, deliveries])).toEqual([['one', 4]])
    expect(await client.release(held, { deliveries: 3 })).toBe(false)
    expect(await client.ack(taken)).toEqual([])
  })

  it('is repeated: a removal gives the payload', async () => {
    const { client, redis, ...way } = await hold()
    await client.push('all', 'two', 'data')
    const done = async () => (await redis.llen('alligator:{all}:waiting')) === 0
    expect(await loseAnswer(way, async () => client.byId.remove('all', 'two'), done)).toBe('data')
    expect(await client.listing.find('all', ['one', 'two'])).toEqual(new Map([['one', 'running']]))
  })

  it('is repeated: a cancel tells what it has taken, and that it ran', async () => {
    const { client, redis, held, ...way } = await hold()
    const done = async () => (await redis.zcard('alligator:{all}:running')) === 0
    const canceled = await loseAnswer(way, async () => client.cancellation.cancel('all', 'one'), done)
    expect(canceled).toEqual({ data: 'data', wasRunning: true })
    expect(await client.cancellation.cancel('all', 'one')).toBeUndefined()
    expect(await client.ack([held])).toEqual([held])
    const [kept = ''] = await redis.keys('*:removed:*')
    expect(await redis.pttl(kept)).toBeLessThanOrEqual(2000)
  })
})

type Settle = (client: RedisClient, held: Delivery) => Promise<boolean>

const SETTLEMENTS: Readonly<Record<string, Settle>> = {
  ack: async (client, held) => (await client.ack([held])).length === 0,
  release: async (client, held) => client.release(held),
  'release with a count': async (client, held) => client.release(held, { deliveries: 2 }),
  bury: async (client, held) => client.bury(held, REASON),
}
const RIVALS: Readonly<Record<string, Settle>> = {
  ...SETTLEMENTS,
  cancel: async (client, { queue, taskId }) =>
    (await client.cancellation.cancel(queue, taskId)) !== undefined,
}
const PAIRS = Object.entries(SETTLEMENTS).flatMap(([verb, settle]) =>
  Object.entries(RIVALS)
    // Two releases of one delivery are the same end of it.
    .filter(([rival]) => rival.split(' ')[0] !== verb.split(' ')[0])
    .map(([rival, beat]) => ({ verb, settle, rival, beat })),
)

/** Sees to it that the task is gone, whatever has become of it. */
async function finish(client: RedisClient): Promise<void> {
  await client.ack(await client.reserve(['all'], { lease: 30 }))
  await client.byId.remove('all', 'one')
  expect(await client.listing.find('all', ['one'])).toEqual(new Map())
}

describe('of two who settle a delivery one wins, when the answer is lost', () => {
  it.each(PAIRS)('of $verb that never arrived, and $rival came first', async ({ settle, beat }) => {
    const { client, proxy, redis, held } = await hold()
    const other = clientOf(`redis://127.0.0.1:${redis.options.port}/0`)
    proxy.silence()
    const answer = settle(client, held)
    expect(await beat(other, held)).toBe(true)
    await finish(other)
    proxy.cut()
    expect(await answer).toBe(false)
  })

  it.each(PAIRS)(
    'of $verb that was carried out, and $rival came second',
    async ({ settle, beat, ...pair }) => {
      const { client, redis, held, ...way } = await hold()
      const other = clientOf(`redis://127.0.0.1:${redis.options.port}/0`)
      const isDone = async () => {
        if ((await redis.hget('alligator:{all}:receipts', ':one')) === held.receipt) return false
        // A cancel takes what waits again, too: that is no other end of the delivery.
        expect(await beat(other, held)).toBe(pair.rival === 'cancel' && pair.verb !== 'ack')
        await finish(other)
        return true
      }
      expect(await loseAnswer(way, () => settle(client, held), isDone)).toBe(true)
    },
  )

  it('of acks in several queues that never arrived, only one of which came second', async () => {
    const { client, proxy, redis, held } = await hold()
    const other = clientOf(`redis://127.0.0.1:${redis.options.port}/0`)
    await client.push('urgent', 'two', 'data')
    const [urgent] = await client.reserve(['urgent'], { lease: 30 })
    if (!urgent) throw new Error('a pushed task is handed out')
    proxy.silence()
    const lost = client.ack([urgent, held])
    expect(await other.release(held)).toBe(true)
    await finish(other)
    proxy.cut()
    expect(await lost).toEqual([held])
  })

  it('and what is kept for it is forgotten when nothing is repeated any more', async () => {
    const { client, redis, held } = await hold()
    const kept = 'alligator:{all}:ended'
    await redis.zadd(kept, Date.now() - 1, 'an earlier one')
    await client.release(held)
    expect(await redis.zrange(kept, '0', '-1')).toEqual([expect.stringContaining(held.receipt)])
    expect(await redis.pttl(kept)).toBeLessThanOrEqual(2000)
  })
})
