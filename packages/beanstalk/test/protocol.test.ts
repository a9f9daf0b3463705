import { once } from 'node:events'
import { connect } from 'node:net'
import { VirtualClock } from '@alligator/core/testing'
import { type Server, startBeanstalk } from '@alligator/testbed'
import { BeanstalkClient } from '../src/index.js'
import { parseDsn } from '../src/dsn.js'
import { tubeOf } from '../src/tubes.js'

const QUEUE = 'all'
const RESERVE = { lease: 30, limit: 10 }
const REASON = { code: 'ERROR', message: 'it broke', at: 1, worker: 'w', attempt: 1 }

let server: Server
let client: BeanstalkClient

beforeEach(async () => {
  server = await startBeanstalk()
  client = new BeanstalkClient(server.dsn)
})

afterEach(async () => {
  await client.close()
  await server.close()
})

/** What another program gets for these lines, the last of which must be `quit`. */
async function say(...lines: readonly string[]): Promise<string> {
  const socket = connect(server.port, '127.0.0.1')
  await once(socket, 'connect')
  socket.write([...lines, 'quit'].map((line) => `${line}\r\n`).join(''))
  let answer = ''
  for await (const chunk of socket) answer += String(chunk)
  return answer
}

async function bury(data: string): Promise<string> {
  const id = await client.push(QUEUE, '', data)
  const [taken] = await client.reserve([QUEUE], RESERVE)
  expect(taken && (await client.bury(taken, REASON))).toBe(true)
  return id
}

it('shares a queue with other programs: plain names and text stay as they are', async () => {
  await client.push(QUEUE, '', '{"task_id":"ż"}')
  expect(await say('watch all', 'reserve-with-timeout 0')).toContain('{"task_id":"ż"}')
  await say('use all', 'put 7 0 60 4', 'data')
  const taken = await client.reserve([QUEUE], RESERVE)
  expect(taken.map(({ data }) => data)).toContain('data')
})

it('orders delayed tasks by the times asked for, though their rounded delays end in the same second', async () => {
  const places: number[] = []
  for (const [now, delayUntil] of [
    [10_000.001, 10_000.999],
    [9_999.999, 10_001.999],
  ] as const) {
    const producer = new BeanstalkClient(server.dsn, { clock: new VirtualClock(now) })
    const id = await producer.push(QUEUE, '', 'later', delayUntil)
    await producer.close()
    places.push(Number(/^pri: (\d+)$/m.exec(await say(`stats-job ${id}`))?.[1]))
  }
  expect(places).toEqual([10_001, 10_002])
})

it('sends no id to the server that is not one of its own', async () => {
  await client.push(QUEUE, '', 'one')
  for (const id of ['0', '-1', '1.0', '1 ', '1\r\ndelete 1', 'x', '9'.repeat(30)]) {
    expect(await client.get(QUEUE, id)).toBeUndefined()
    expect(await client.byId.remove(QUEUE, id)).toBeUndefined()
    expect(await client.deadLetters.kick(QUEUE, [id])).toBe(0)
  }
  expect(await client.len(QUEUE)).toBe(1)
})

it('finds a task by the id that push gave, on its own queue only', async () => {
  const [one, later, other] = [
    await client.push(QUEUE, 'mine', 'one'),
    await client.push(QUEUE, 'mine', 'later', Date.now() / 1000 + 600),
    await client.push('other', 'mine', 'other'),
  ]
  expect(await client.get(QUEUE, other)).toBeUndefined()
  expect(await client.byId.remove(QUEUE, other)).toBeUndefined()
  expect(await client.get(QUEUE, later)).toBe('later')
  expect(await client.byId.remove(QUEUE, one)).toBe('one')
  expect(await client.len(QUEUE)).toBe(0)
  expect(await client.pop('other')).toBe('other')
})

it('takes neither what runs nor what is dead by its id', async () => {
  const dead = await bury('dead')
  const running = await client.push(QUEUE, '', 'running')
  const held = await client.reserve([QUEUE], RESERVE)
  expect(await client.byId.reserve(QUEUE, dead, 30)).toBeUndefined()
  expect(await client.byId.reserve(QUEUE, running, 30)).toBeUndefined()
  expect(await client.byId.remove(QUEUE, running)).toBeUndefined()
  expect(await client.ack(held)).toEqual([])
})

it('keeps the reason of a dead letter for as long as it is one', async () => {
  const ids = [await bury('one'), await bury('two'), await bury('three')]
  expect(await say('use all;reasons', 'peek-ready')).toContain(
    `{"job":"${ids[0]}","code":"ERROR","message":"it broke"`,
  )
  const kept = async () => /current-jobs-ready: (\d+)/.exec(await say('stats-tube all;reasons'))?.[1]
  expect(await kept()).toBe('3')
  expect(await client.deadLetters.kick(QUEUE, [ids[1] ?? ''])).toBe(1)
  expect(await kept()).toBe('2')
  expect(await client.byId.remove(QUEUE, ids[0] ?? '')).toBe('one')
  expect(await kept()).toBe('1')
  await client.dropAll(QUEUE)
  expect((await kept()) ?? '0').toBe('0')
})

it('deletes nothing on account of what another program has buried', async () => {
  const victim = await client.push('other', '', 'not a reason')
  const id = await client.push(QUEUE, '', 'one')
  await say('watch all', 'reserve-with-timeout 0', `bury ${id} ${1024 + Number(victim)}`)
  expect(await client.deadLetters.kick(QUEUE)).toBe(1)
  expect(await client.pop('other')).toBe('not a reason')
})

it('drops a queue in every state, in batches', async () => {
  const many = Array.from({ length: 1200 }, (_, at) => ({ taskId: '', data: `task ${at}` }))
  const later = many.slice(0, 50).map((item) => ({ ...item, delayUntil: Date.now() / 1000 + 600 }))
  await bury('dead')
  await client.pushMany(QUEUE, [...many, ...later])
  const held = await client.reserve([QUEUE], RESERVE)
  await client.dropAll(QUEUE)
  expect(await client.counts(QUEUE)).toEqual({ waiting: 0, delayed: 0, running: 0, dead: 0 })
  expect(await client.ack(held)).toHaveLength(held.length)
})

it('hands out what was delayed among what others pushed, in the order of falling due', async () => {
  const now = Date.now() / 1000
  await client.push(QUEUE, '', 'second', now + 2)
  await client.push(QUEUE, '', 'first', now + 1)
  const seen: unknown[] = []
  while (seen.length < 2) {
    const [taken] = await client.reserve([QUEUE], { lease: 30, wait: 5 })
    seen.push(taken?.data)
  }
  expect(seen).toEqual(['first', 'second'])
  expect(Date.now() / 1000).toBeGreaterThanOrEqual(now + 2)
})

describe('tubes', () => {
  it('stay as they are where the protocol and the driver allow it', () => {
    for (const name of ['all', 'Emails-2.low_priority', 'a'.repeat(190)]) expect(tubeOf(name)).toBe(name)
  })

  it('are of the protocol whatever the name, and apart', () => {
    const long = 'ż'.repeat(254)
    const names = [
      'null',
      'true',
      '-x',
      '1',
      '',
      ' ',
      'a b',
      '$61',
      'a;reasons',
      `${long}a`,
      `${long}b`,
      '\0',
      '🐊',
    ]
    const tubes = names.map(tubeOf)
    expect(new Set(tubes).size).toBe(names.length)
    for (const tube of tubes) expect(tube).toMatch(/^[A-Za-z0-9+/.$_()][A-Za-z0-9+/.$_()-]{0,189}$/)
  })

  it('refuse half of a surrogate pair', () => {
    expect(() => tubeOf('\ud800')).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
  })
})

describe('DSNs', () => {
  it.each([
    ['beanstalk://localhost:11300/', { host: 'localhost', port: 11_300, options: {} }],
    ['beanstalk://queue.example', { host: 'queue.example', port: 11_300, options: {} }],
    ['BEANSTALK://', { host: 'localhost', port: 11_300, options: {} }],
    ['beanstalk://[::1]:1234/?ttr=60s', { host: '::1', port: 1234, options: { ttr: '60s' } }],
    ['beanstalk://h?timeout=500ms', { host: 'h', port: 11_300, options: { timeout: '500ms' } }],
  ])('%s is read', (dsn, address) => {
    expect(parseDsn(dsn)).toEqual(address)
  })

  it.each([
    ['beanstalk://user:secret-word@host/', 'INVALID_DSN', 'users'],
    ['beanstalk://word?secret-word@host/', 'INVALID_DSN', 'users'],
    ['beanstalk://:a/secret-word@host/', 'INVALID_DSN', 'host'],
    ['beanstalk://host:0/', 'INVALID_DSN', 'port'],
    ['beanstalk://host:99999/', 'INVALID_DSN', 'port'],
    ['beanstalk://host/tube', 'INVALID_DSN', 'host'],
    ['beanstalk://host/\r\ndelete 1', 'INVALID_DSN', 'host'],
    ['beanstalk://host:11300\r\ndelete 1/', 'INVALID_DSN', 'host'],
    ['beanstalk://host/?ttr=60s%0D%0Adelete 1', 'INVALID_OPTION', 'ttr'],
    ['beanstalk://host/?tubes=a', 'INVALID_DSN', 'tubes'],
    ['redis://host/', 'INVALID_DSN', 'host'],
    ['beanstalk://host/?ttr=60', 'INVALID_OPTION', 'ttr'],
    ['beanstalk://host/?ttr=999999999999s', 'INVALID_OPTION', 'ttr'],
    ['beanstalk://host/?ttr=500ms', 'INVALID_OPTION', 'ttr'],
    ['beanstalk://host/?timeout=0s', 'INVALID_OPTION', 'timeout'],
  ])('%s is refused', (dsn, code, why) => {
    const refused: unknown = expect.objectContaining({ code, message: expect.stringContaining(why) })
    expect(() => new BeanstalkClient(dsn)).toThrow(refused as Error)
    expect(() => new BeanstalkClient(dsn)).not.toThrow(/secret-word/)
  })
})
