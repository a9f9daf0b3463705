import { once } from 'node:events'
import { type IncomingMessage, type ServerResponse, get } from 'node:http'
import { connect } from 'node:net'
import { Gator } from '@alligator/core'
import { until } from '@alligator/testbed'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { type DashboardOptions, dashboard } from '../src/index.js'
import { live } from '../src/live.js'
import { answerNode } from '../src/node-bridge.js'
import { read, sent } from './answers.js'
import { serve } from './serve.js'
import { sendPostEmail } from './shop/mail.js'

const ADMIN = { authorize: () => 'write' } as const satisfies DashboardOptions

describe('it is mounted', () => {
  const gator = new Gator('locmem://', { queueName: 'mounted' })
  const page = dashboard(gator, ADMIN)
  beforeAll(() => gator.task(sendPostEmail, 1, 1))
  afterAll(() => gator.close())

  /** As a browser does it: the page, its script, what it shows, what it streams, and an action. */
  async function visit(home: string): Promise<void> {
    const html = await (await fetch(home)).text()
    const { origin, pathname } = new URL(home)
    const base = pathname.replace(/\/$/, '')
    expect(html).toContain(`data-base="${base}"`)
    const [, script = ''] = /src="([^"]+\.js)"/.exec(html) ?? []
    expect((await fetch(origin + script)).headers.get('content-type')).toContain('javascript')
    expect(await read(fetch(`${origin}${base}/api/overview`))).toMatchObject({
      queues: [{ queue: 'mounted' }],
    })
    const live = await fetch(`${origin}${base}/live/overview`)
    expect(new TextDecoder().decode((await live.body?.getReader().read())?.value)).toMatch(/^data: /)
    const paused = await fetch(
      `${origin}${base}/api/act`,
      sent({ action: 'pause', queue: 'mounted', reason: base }),
    )
    expect(await read(paused)).toEqual({ changed: 1 })
    expect(await gator.paused()).toMatchObject(base === '' ? {} : { reason: base })
  }

  async function expectServed(listener: Parameters<typeof serve>[0], path: string): Promise<void> {
    const { home, close } = await serve(listener)
    try {
      await visit(home + path)
    } finally {
      close()
    }
  }

  test('in node:http', () => expectServed(page.node, ''))

  test('in Express, also behind a parser of bodies', async () => {
    const app = express().use(express.json()).use('/admin/queues', page.node)
    await expectServed(app, 'admin/queues')
  })

  test('in Fastify, whose parser has had the body', async () => {
    const app = fastify()
    app.all('/admin/queues*', (incoming, reply) => {
      reply.hijack()
      page.node(Object.assign(incoming.raw, { body: incoming.body }), reply.raw)
    })
    await app.ready()
    await expectServed((incoming, outgoing) => app.routing(incoming, outgoing), 'admin/queues')
    await app.close()
  })

  /** Where requests are what the web has, and not those of Node.js. */
  function asWeb(answer: (request: Request) => Response | Promise<Response>) {
    const serveOne = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
      const chunks: Buffer[] = []
      for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk)
      const { method = 'GET', url = '', headers } = incoming
      const init = { method, headers: headers as Record<string, string> }
      const body = method === 'POST' ? { body: Buffer.concat(chunks).toString() } : {}
      const response = await answer(new Request(`http://${headers.host}${url}`, { ...init, ...body }))
      outgoing.writeHead(response.status, Object.fromEntries(response.headers))
      const reader = response.body?.getReader()
      outgoing.on('close', () => void reader?.cancel())
      for (let part = await reader?.read(); part && !part.done; part = await reader?.read())
        outgoing.write(part.value)
      outgoing.end()
    }
    return (incoming: IncomingMessage, outgoing: ServerResponse) => void serveOne(incoming, outgoing)
  }

  test('in Hono', async () => {
    const app = new Hono()
    app.all('/admin/queues', (context) => page(context.req.raw))
    app.all('/admin/queues/*', (context) => page(context.req.raw))
    await expectServed(
      asWeb((one) => app.fetch(one)),
      'admin/queues',
    )
  })

  test('in Hono, which takes the path away that it was mounted at', async () => {
    const based = dashboard(gator, { ...ADMIN, basePath: '/admin/queues/' })
    const app = new Hono().mount('/admin/queues', based)
    await expectServed(
      asWeb((one) => app.fetch(one)),
      'admin/queues',
    )
  })

  test('as the route of Next.js, app/admin/queues/[[...path]]/route.ts', async () => {
    const route = { GET: page, POST: page }
    await expectServed(
      asWeb((one) => route[one.method as 'GET' | 'POST'](one)),
      'admin/queues',
    )
  })

  test('a request that is none is refused, and one that is too large', async () => {
    const { home, close } = await serve(page.node)
    const answer = await fetch(`${home}api/act`, sent({ action: 'pause', queue: 'x'.repeat(300_000) }))
    expect(answer.status).toBe(413)
    const odd = get(home, { headers: { host: 'a b' } })
    const [response] = (await once(odd, 'response')) as [IncomingMessage]
    expect(response.statusCode).toBe(400)
    response.resume()
    await until(() => response.complete)
    close()
  })
})

describe('a browser that takes nothing of a stream', () => {
  beforeEach(() => jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] }))
  afterEach(() => jest.useRealTimers())

  test('is kept nothing for but one event, and is dropped', async () => {
    let reads = 0
    const answer = live(async () => ({ at: 1, reads: (reads += 1) }), new AbortController().signal)
    const reader = answer.body?.getReader()
    await jest.advanceTimersByTimeAsync(20_000)
    expect(reads).toBe(1)
    // It has slept, and is told what there is by now.
    expect(new TextDecoder().decode((await reader?.read())?.value)).toContain('"reads":1')
    await jest.advanceTimersByTimeAsync(1000)
    expect(new TextDecoder().decode((await reader?.read())?.value)).toContain('"reads":2')
    await jest.advanceTimersByTimeAsync(60_000)
    await expect(reader?.read()).rejects.toThrow('The browser takes nothing')
    expect(reads).toBe(3)
  })

  test('loses its connection', async () => {
    let cut: () => void = () => undefined
    const isCut = new Promise<void>((resolve) => (cut = resolve))
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let part = 0; part < 64; part += 1) controller.enqueue(new Uint8Array(2 ** 20))
        void isCut.then(() => controller.error(new Error('The browser takes nothing')))
      },
    })
    const { home, close } = await serve(
      (incoming, outgoing) => void answerNode(async () => new Response(body), incoming, outgoing),
    )
    const socket = connect(Number(new URL(home).port), '127.0.0.1')
    socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')
    await once(socket, 'readable')
    const closed = once(socket, 'close')
    cut()
    socket.resume()
    await closed
    expect(socket.bytesRead).toBeLessThan(64 * 2 ** 20)
    close()
  })
})
