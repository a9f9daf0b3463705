import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect as dial } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { DeathReason, Delivery } from '@alligator/core'
import { Opened, Proxy, type Server, freePort, startBeanstalk, until } from '@alligator/testbed'
import { BeanstalkClient } from '../src/index.js'

const QUEUE = 'all'
const RESERVE = { lease: 30, limit: 10 }
const REASON: DeathReason = { code: 'ERROR', message: 'no', at: 1, worker: 'w', attempt: 1 }

let server: Server
/** Past all that can happen to the other. */
let watcher: BeanstalkClient
const opened = new Opened()

function clientOf(dsn: string): BeanstalkClient {
  return opened.use(new BeanstalkClient(dsn), (client) => client.close())
}

async function viaProxy(timeout = '500ms'): Promise<{ proxy: Proxy; client: BeanstalkClient }> {
  const proxy = opened.use(await Proxy.to(server.port), (one) => one.close())
  return { proxy, client: clientOf(`${server.dsnVia(proxy)}?timeout=${timeout}`) }
}

async function holdOne(client: BeanstalkClient): Promise<Delivery> {
  const [held] = await client.reserve([QUEUE], { lease: 30 })
  if (!held) throw new Error('a pushed task is handed out')
  return held
}

const dataOf = (deliveries: readonly Delivery[]) => deliveries.map(({ data }) => data)

beforeEach(async () => {
  server = opened.use(await startBeanstalk(), (one) => one.close())
  watcher = clientOf(server.dsn)
})

afterEach(async () => {
  await opened.closeAll()
})

describe('a worker goes on', () => {
  it('when the server was killed and started again, and has lost nothing', async () => {
    const client = clientOf(server.dsn)
    await client.push(QUEUE, '', 'one')
    const held = await holdOne(client)
    await client.push(QUEUE, '', 'two')
    await server.stop('SIGKILL')
    const pushed = client.push(QUEUE, '', 'three')
    await server.start()
    await pushed
    expect(await client.ack([held])).toEqual([held])
    expect(dataOf(await client.reserve([QUEUE], RESERVE))).toEqual(['one', 'two', 'three'])
  })

  it('when the server was away while it waited', async () => {
    const client = clientOf(server.dsn)
    const answer = client.reserve([QUEUE], { lease: 30, wait: 30 })
    await pause(50)
    await server.restart('SIGKILL')
    await watcher.push(QUEUE, '', 'one')
    expect(dataOf(await answer)).toEqual(['one'])
  })

  it('when its connections are cut, with what it held given to others', async () => {
    const { proxy, client } = await viaProxy()
    await client.push(QUEUE, '', 'one')
    const held = await holdOne(client)
    proxy.cut()
    const again = await watcher.reserve([QUEUE], { lease: 30, wait: 10 })
    expect(again.map(({ deliveries }) => deliveries)).toEqual([2])
    expect(await client.extend([held], 30)).toEqual([held])
    expect(await client.release(held)).toBe(false)
    expect(await client.bury(held, REASON)).toBe(false)
    expect(await watcher.ack(again)).toEqual([])
    await client.push(QUEUE, '', 'two')
    expect(dataOf(await client.reserve([QUEUE], RESERVE))).toEqual(['two'])
  })

  it('when a connection goes silent', async () => {
    const { proxy, client } = await viaProxy()
    await client.push(QUEUE, '', 'one')
    proxy.silence()
    await client.push(QUEUE, '', 'two')
    expect(await client.len(QUEUE)).toBe(2)
    const held = await holdOne(client)
    proxy.silence()
    expect(await client.ack([held])).toEqual([held])
  })

  it('while connections are cut all the time, and no task is lost', async () => {
    // So long that a slow machine, too, gets through between two cuts.
    const { proxy, client } = await viaProxy('5s')
    const cutting = opened.use(
      setInterval(() => proxy.cut(), 61),
      clearInterval,
    )
    const names = Array.from({ length: 300 }, (_, number) => `task ${number}`)
    const done = new Set<unknown>()
    const work = async () => {
      while (done.size < names.length) {
        const taken = await client.reserve([QUEUE], { ...RESERVE, wait: 1 })
        for (const { data } of taken) done.add(data)
        await client.ack(taken)
      }
    }
    const pushes = async () => {
      for (const name of names) await client.push(QUEUE, name, name)
    }
    await Promise.all([work(), pushes(), work()])
    clearInterval(cutting)
    expect(done).toEqual(new Set(names))
    // What was acknowledged is gone, though some answers never came.
    await until(async () => {
      await watcher.ack(await watcher.reserve([QUEUE], RESERVE))
      return (await watcher.len(QUEUE)) === 0
    })
  })
})

describe('a command whose answer is lost', () => {
  async function lose<T>(ask: (client: BeanstalkClient, held: Delivery) => Promise<T>): Promise<T> {
    const { proxy, client } = await viaProxy()
    await client.push(QUEUE, '', 'one')
    const held = await holdOne(client)
    proxy.swallowAnswers()
    const answer = ask(client, held)
    await pause(50)
    proxy.cut()
    return answer
  }
  const total = async () => {
    const { waiting, running, dead } = await watcher.counts(QUEUE)
    return waiting + running + dead
  }

  it('may push a task twice, and never not at all', async () => {
    const id = await lose((client) => client.push(QUEUE, '', 'two'))
    expect((await watcher.byId.reserve(QUEUE, id, 30))?.data).toBe('two')
    await until(async () => (await total()) === 3)
  })

  it('has settled the task all the same, though its worker is told that it was lost', async () => {
    const lost = await lose((client, held) => client.ack([held]))
    expect(lost).toHaveLength(1)
    await until(async () => (await total()) === 0)
  })

  it('leaves a released task there, once or twice', async () => {
    expect(await lose((client, held) => client.release(held, { data: 'changed' }))).toBe(true)
    const data = dataOf(await watcher.reserve([QUEUE], { ...RESERVE, wait: 5 }))
    expect(data).toContain('changed')
  })

  it('leaves a buried task there', async () => {
    expect(await lose((client, held) => client.bury(held, REASON))).toBe(false)
    await until(async () => (await total()) === 1)
  })
})

it('ends a wait at once, and closes in time, when nobody answers', async () => {
  const { proxy, client } = await viaProxy()
  await client.push(QUEUE, '', 'one')
  await client.ack(await client.reserve([QUEUE], RESERVE))
  const stop = new AbortController()
  const answers = [1, 2].map(() => client.reserve([QUEUE], { lease: 30, wait: 600, signal: stop.signal }))
  await pause(50)
  proxy.silence()
  stop.abort()
  expect(await Promise.all(answers)).toEqual([[], []])
  const pushed = client.push(QUEUE, '', 'two')
  proxy.silence()
  await client.close()
  await Promise.allSettled([pushed])
})

it('says that nobody listens, within its time', async () => {
  for (const host of ['127.0.0.1', 'no-such-host.invalid']) {
    const stranger = clientOf(`beanstalk://${host}:${await freePort()}/?timeout=100ms`)
    await expect(stranger.push(QUEUE, '', 'one')).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(/ECONNREFUSED|ENOTFOUND|EAI_AGAIN|answer/),
    })
  }
})

it('says that somebody else listens', async () => {
  const web = createServer().listen(0, '127.0.0.1')
  await once(web, 'listening')
  const address = web.address()
  const stranger = clientOf(`beanstalk://127.0.0.1:${typeof address === 'object' && address?.port}/`)
  await expect(stranger.push(QUEUE, '', 'one')).rejects.toMatchObject({
    code: 'STORE_UNUSABLE',
    message: expect.stringContaining('HTTP/1.1'),
  })
  web.closeAllConnections()
  web.close()
})

it('refuses what the server would find too large before it is sent', async () => {
  const small = opened.use(await startBeanstalk({ flags: ['-z', '1000'] }), (one) => one.close())
  const client = clientOf(small.dsn)
  await client.push(QUEUE, '', 'x'.repeat(999))
  expect(client.maxPayload).toBe(999)
  const batch = ['fits', 'ż'.repeat(500)].map((data) => ({ taskId: '', data }))
  const refused = { code: 'PAYLOAD_TOO_LARGE', size: 1000, limit: 999 }
  await expect(client.pushMany(QUEUE, batch)).rejects.toMatchObject(refused)
  await expect(client.release(await holdOne(client), { data: 'x'.repeat(1000) })).rejects.toMatchObject(
    refused,
  )
  expect(await client.counts(QUEUE)).toMatchObject({ waiting: 0, running: 1 })
})

it('keeps a reason that is too large without its stack, or buries without one', async () => {
  const small = opened.use(await startBeanstalk({ flags: ['-z', '200'] }), (one) => one.close())
  const client = clientOf(small.dsn)
  for (const long of [{ stack: 'x'.repeat(200) }, { message: 'x'.repeat(200) }]) {
    await client.push(QUEUE, '', 'one')
    expect(await client.bury(await holdOne(client), { ...REASON, ...long })).toBe(true)
  }
  expect(await client.deadLetters.kick(QUEUE)).toBe(2)
  expect(await client.len('all;reasons')).toBe(0)
})

it('keeps no more of a reason than people read, however much of it fits', async () => {
  const wide = opened.use(await startBeanstalk({ flags: ['-z', '20000000'] }), (one) => one.close())
  const client = clientOf(wide.dsn)
  await client.push(QUEUE, '', 'one')
  const long = { message: `first ${'x'.repeat(9e6)}`, stack: 'y'.repeat(9e6), code: 'z'.repeat(1e6) }
  expect(await client.bury(await holdOne(client), { ...REASON, ...long })).toBe(true)
  const socket = dial(wide.port, '127.0.0.1')
  socket.end('use all;reasons\r\npeek-ready\r\nquit\r\n')
  let answer = ''
  for await (const chunk of socket) answer += String(chunk)
  expect(answer).toContain('"message":"first xxx')
  expect(answer.length).toBeLessThan(20_000)
})

it('says that the server is full, and leaves nothing of the batch there', async () => {
  const full = opened.use(await startBeanstalk({ flags: ['-z', '100000000'], memory: 60_000 }), (one) =>
    one.close(),
  )
  const client = clientOf(full.dsn)
  const batch = ['small', 'x'.repeat(90_000_000), 'small'].map((data) => ({ taskId: '', data }))
  await expect(client.pushMany(QUEUE, batch)).rejects.toMatchObject({ code: 'STORE_FULL' })
  expect(await client.len(QUEUE)).toBe(0)
  await client.push(QUEUE, '', 'small')
})

it('says that a server which is about to end takes nothing', async () => {
  const client = clientOf(`${server.dsn}?timeout=100ms`)
  await client.len(QUEUE)
  server.signal('SIGUSR1')
  await expect(client.push(QUEUE, '', 'one')).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: expect.stringContaining('DRAINING'),
  })
})
