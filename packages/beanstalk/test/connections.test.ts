import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { Opened, Proxy, type Server, startBeanstalk } from '@alligator/testbed'
import { BeanstalkClient } from '../src/index.js'
import { type Script, StrangeServer } from './strange-server.js'

const QUEUE = 'all'
const REASON = { code: 'ERROR', message: 'no', at: 1, worker: 'w', attempt: 1 }

const opened = new Opened()

afterEach(async () => {
  await opened.closeAll()
})

function clientOf(dsn: string): BeanstalkClient {
  return opened.use(new BeanstalkClient(dsn), (one) => one.close())
}

async function start(): Promise<Server> {
  return opened.use(await startBeanstalk(), (one) => one.close())
}

const items = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ taskId: '', data: `task ${at}` }))

describe('an idle connection', () => {
  it('that the server or a proxy has closed, or forgotten, is opened again without an error', async () => {
    const server = await start()
    const proxy = opened.use(await Proxy.to(server.port), (one) => one.close())
    const client = clientOf(`${server.dsnVia(proxy)}?timeout=300ms`)
    const ids: string[] = []
    const asked: (() => unknown)[] = [
      async () => ids.push(await client.push(QUEUE, '', 'one')),
      () => client.counts(QUEUE),
      async () => client.ack(await client.reserve([QUEUE], { lease: 30 })),
      async () => ids.push(await client.push(QUEUE, '', 'two')),
      async () => expect(await client.byId.remove(QUEUE, ids[1] ?? '')).toBe('two'),
      async () => ids.push(await client.push(QUEUE, '', 'three')),
      async () => {
        const held = await client.byId.reserve(QUEUE, ids[2] ?? '', 30)
        expect(held && (await client.bury(held, REASON))).toBe(true)
      },
      async () => expect(await client.deadLetters.kick(QUEUE)).toBe(1),
      () => client.dropAll(QUEUE),
    ]
    for (const fault of ['cut', 'silence'] as const) {
      ids.length = 0
      for (const ask of asked) {
        await ask()
        proxy[fault]()
      }
    }
  })

  it('keeps no process alive, but what is not answered yet does', async () => {
    const server = await start()
    const script = join(__dirname, 'last-push.mjs')
    const ended = spawnSync(process.execPath, [script, server.dsn], { encoding: 'utf8', timeout: 20_000 })
    expect(ended).toMatchObject({ signal: null, status: 0, stdout: '1000\n', stderr: '' })
    expect(await clientOf(server.dsn).len(QUEUE)).toBe(1000)
  })
})

describe('the time limit is for getting on, not for the whole', () => {
  async function meet(script: Script): Promise<{ server: StrangeServer; client: BeanstalkClient }> {
    const server = opened.use(await StrangeServer.saying(script), (one) => one.close())
    return { server, client: clientOf(`${server.dsn}?timeout=300ms`) }
  }

  /** Answers one push after the other, each after a pause; cuts the connection after `most` of them. */
  function slowly(most = Number.POSITIVE_INFINITY): Script {
    let [asked, id] = [0, 0]
    const starts = new Set<unknown>()
    return (command, socket) => {
      if (!command.startsWith('put')) return undefined
      asked += 1
      if (starts.has(socket)) return ''
      starts.add(socket)
      let answered = 0
      const timer = opened.use(
        setInterval(() => {
          answered += 1
          if (asked <= 0) return
          asked -= 1
          socket.write(`INSERTED ${++id}\r\n`)
          if (answered === most) socket.destroySoon()
        }, 100),
        clearInterval,
      )
      socket.once('close', () => {
        asked = 0
        clearInterval(timer)
      })
      return ''
    }
  }

  it('of answers to a large batch', async () => {
    const { client } = await meet(slowly())
    expect(await client.pushMany(QUEUE, items(12))).toHaveLength(12)
  })

  it('of a batch that goes on over one connection after the other', async () => {
    const { client } = await meet(slowly(3))
    expect(new Set(await client.pushMany(QUEUE, items(14))).size).toBe(14)
  })

  it('of a large task on its way to a server that reads slowly', async () => {
    const server = await StrangeServer.saying((command, socket) => {
      if (!command.startsWith('use')) return undefined
      // Of what comes now it reads nothing for a while, five times; there are no buffers for so much.
      let [unread, pauses] = [0, 0]
      socket.on('data', ({ length }) => {
        unread += length
        if (unread < 3e6 || pauses === 5) return
        ;[unread, pauses] = [0, pauses + 1]
        socket.pause()
        setTimeout(() => socket.resume(), 400)
      })
      return undefined
    })
    opened.use(server, (one) => one.close())
    const client = clientOf(`${server.dsn}?timeout=1s`)
    expect(await client.push(QUEUE, '', 'x'.repeat(40_000_000))).toBe('1')
  })

  it('on a real server, with more than it takes in that time', async () => {
    const server = opened.use(await startBeanstalk({ keepsJobs: false }), (one) => one.close())
    const client = clientOf(`${server.dsn}?timeout=300ms`)
    expect(new Set(await client.pushMany(QUEUE, items(60_000))).size).toBe(60_000)
    expect(await client.len(QUEUE)).toBeGreaterThanOrEqual(60_000)
  })

  it('and what is silent halfway is given up, and what is known of it deleted again', async () => {
    let answered = 0
    const { server, client } = await meet((command) => {
      if (!command.startsWith('put')) return undefined
      answered += 1
      return answered <= 5 ? `INSERTED ${answered}\r\n` : ''
    })
    await expect(client.pushMany(QUEUE, items(8))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    const deleted = server.commands.filter((command) => command.startsWith('delete'))
    expect(deleted.sort()).toEqual([1, 2, 3, 4, 5].map((id) => `delete ${id}`))
  })
})

describe('a server that is drained', () => {
  it('is emptied: a task that fails is tried again, and becomes a dead letter', async () => {
    const server = await start()
    const client = clientOf(`${server.dsn}?timeout=500ms`)
    await client.push(QUEUE, '', 'retried')
    await client.push('other', '', 'buried')
    server.signal('SIGUSR1')
    const other = clientOf(`${server.dsn}?timeout=100ms`)
    await expect(other.push(QUEUE, '', 'new')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    const delays: number[] = []
    for (let deliveries = 1; deliveries <= 3; deliveries += 1) {
      // What was changed cannot be kept, but the tries count.
      const [held] = await client.reserve([QUEUE], { lease: 30, wait: 5 })
      expect(held).toMatchObject({ data: 'retried', deliveries })
      const delayUntil = deliveries === 2 ? Date.now() / 1000 + 1 : 0
      expect(held && (await client.release(held, { data: 'changed', delayUntil }))).toBe(true)
      delays.push((await client.counts(QUEUE)).delayed)
    }
    expect(delays).toEqual([0, 1, 0])
    await client.ack(await client.reserve([QUEUE], { lease: 30, wait: 5 }))
    const [held] = await client.reserve(['other'], { lease: 30 })
    expect(held && (await client.bury(held, REASON))).toBe(true)
    expect(await client.len(QUEUE)).toBe(0)
    expect(await client.counts('other')).toMatchObject({ waiting: 0, running: 0, dead: 1 })
    expect(await client.deadLetters.kick('other')).toBe(1)
  })
})
