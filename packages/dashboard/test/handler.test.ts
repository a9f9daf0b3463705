import { once } from 'node:events'
import { type IncomingMessage, type OutgoingHttpHeaders, get } from 'node:http'
import { type Counts, Gator, LocmemClient, Worker, silentLogger } from '@alligator/core'
import { type ActionEvent, type DashboardOptions, dashboard } from '../src/index.js'
import { isLocal, notePeer } from '../src/local.js'
import type { WorkersPageView } from '../src/views.js'
import { read, request, sent } from './answers.js'
import { serve } from './serve.js'
import { withDead } from './shop/dead.js'
import { charge, makeThumbnail, sendPostEmail, tellAndFail } from './shop/mail.js'

const ADMIN = { authorize: () => 'write' } as const satisfies DashboardOptions

describe('who may see it', () => {
  const before = process.env['NODE_ENV']
  afterEach(() => {
    process.env['NODE_ENV'] = before
  })

  test('nobody, unless the app says who: without that there is no dashboard', async () => {
    await using gator = new Gator('locmem://')
    expect(() => dashboard(gator)).toThrow(/Option authorize cannot be undefined. Say who may see/)
    process.env['NODE_ENV'] = 'development'
    const page = dashboard(gator)
    expect((await page(new Request('http://attacker.test/'))).status).toBe(403)
  })

  test('in development whoever sits at this machine, and asks it by its own name', async () => {
    process.env['NODE_ENV'] = 'development'
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    await using gator = new Gator('locmem://')
    const page = dashboard(gator)
    const { home, close } = await serve(page.node)
    const asked = async (headers: OutgoingHttpHeaders): Promise<number | undefined> => {
      const [answer] = (await once(get(home, { headers }), 'response')) as [IncomingMessage]
      answer.resume()
      return answer.statusCode
    }
    for (const headers of [
      { host: 'localhost:3000' },
      { host: '127.0.0.1:3000' },
      { host: '[::1]:3000' },
      // As Next.js writes it, although nobody stands between.
      { host: 'localhost', 'x-forwarded-for': '::1', 'x-forwarded-host': 'localhost:3000' },
    ])
      expect([headers, await asked(headers)]).toEqual([headers, 200])
    for (const headers of [
      { host: 'attacker.test' },
      { host: 'localhost.attacker.test' },
      { host: '127.0.0.1.attacker.test' },
      // A tunnel, or a proxy of the network, that asks by the name of this machine.
      { host: 'localhost', 'x-forwarded-for': '203.0.113.7' },
      { host: 'localhost', 'x-forwarded-for': '127.0.0.1, 203.0.113.7' },
      { host: 'localhost', 'x-forwarded-host': 'app.example' },
      { host: 'localhost', forwarded: 'for=203.0.113.7' },
    ])
      expect([headers, await asked(headers)]).toEqual([headers, 403])
    close()
    // Whoever reaches the port can write this; who asks, only a server knows.
    expect((await page(new Request('http://localhost:3000/'))).status).toBe(403)
    expect(warn.mock.calls.at(-1)?.[0]).toMatch(/who asks is known only to `\.node`\. Say it yourself/)
    warn.mockRestore()
  })

  test('in development nobody from another machine, whatever name it asks by', () => {
    const local = (address: string, headers: Readonly<Record<string, string>> = {}) => {
      const asked = new Request('http://localhost:3000/', { headers })
      notePeer(asked, address)
      return isLocal(asked)
    }
    expect(['127.0.0.1', '127.8.0.1', '::1', '::ffff:127.0.0.1'].map((address) => local(address))).toEqual(
      Array.from({ length: 4 }, () => true),
    )
    for (const address of ['192.168.0.7', '::ffff:10.0.0.1', 'fe80::1', '1127.0.0.1', ''])
      expect([address, local(address)]).toEqual([address, false])
  })

  test('nothing is answered to who is refused, or whom the app fails to tell', async () => {
    await using gator = new Gator('locmem://')
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    for (const authorize of [
      () => false as const,
      () => Promise.resolve('admin' as 'write'),
      () => {
        throw new Error('no session')
      },
    ]) {
      const page = dashboard(gator, { authorize })
      for (const path of ['', 'api/overview', 'live/overview', 'assets/app.js'])
        expect([path, (await page(request(path))).status]).toEqual([path, 403])
      expect((await page(request('api/act', sent({ action: 'pause', queue: 'all' })))).status).toBe(403)
    }
    expect(await gator.paused()).toBeUndefined()
    expect(warn.mock.calls[0]?.[0]).toBe(
      'authorize of the dashboard has failed, so the request is refused: no session',
    )
    warn.mockRestore()
    const led = dashboard(gator, { authorize: () => Response.redirect('http://queues.test/sign-in', 302) })
    expect((await led(request(''))).headers.get('location')).toBe('http://queues.test/sign-in')
  })

  test('who may only read changes nothing', async () => {
    await using gator = new Gator('locmem://')
    const events: ActionEvent[] = []
    const page = dashboard(gator, { authorize: () => 'read', onAction: (event) => events.push(event) })
    const answer = await page(request('api/act', sent({ action: 'pause', queue: 'all' })))
    expect([answer.status, await read(answer)]).toEqual([
      403,
      { error: { code: 'READ_ONLY', message: 'You may see this, and not change it.' } },
    ])
    expect([await gator.paused(), events]).toEqual([undefined, []])
  })

  test('a page of another site changes nothing', async () => {
    await using gator = new Gator('locmem://')
    const page = dashboard(gator, ADMIN)
    const pause = { action: 'pause', queue: 'all' }
    for (const [status, init] of [
      [403, sent(pause, { 'sec-fetch-site': 'cross-site' })],
      [403, sent(pause, { 'sec-fetch-site': 'same-site' })],
      [403, sent(pause, { 'sec-fetch-site': 'none' })],
      [415, sent(pause, { 'content-type': 'text/plain' })],
      [415, sent(pause, { 'content-type': 'application/x-www-form-urlencoded' })],
      [400, { ...sent(pause), body: '{' }],
      [405, { ...sent(pause), method: 'PUT' }],
    ] as const)
      expect((await page(request('api/act', init))).status).toBe(status)
    const old = { 'content-type': 'application/json', origin: 'http://attacker.test', host: 'queues.test' }
    const body = JSON.stringify(pause)
    expect((await page(request('api/act', { method: 'POST', headers: old, body }))).status).toBe(403)
    expect(await gator.paused()).toBeUndefined()
    expect((await page(request('api/act', sent(pause)))).status).toBe(200)
    expect(await gator.paused()).toBeDefined()
  })
})

test('every answer has the headers that keep strange scripts, frames and caches away', async () => {
  await using gator = new Gator('locmem://')
  const page = dashboard(gator, ADMIN)
  for (const path of ['', 'api/overview', 'assets/none', 'api/none']) {
    const { headers } = await page(request(path))
    expect(headers.get('content-security-policy')).toContain(
      "default-src 'none'; script-src 'self'; style-src 'self'",
    )
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect([headers.get('x-content-type-options'), headers.get('cache-control')]).toEqual([
      'nosniff',
      'no-store',
    ])
  }
  const html = await (await page(request('admin/queues'))).text()
  expect(html).not.toMatch(/<script(?![^>]* src=)|<style|style=|\son\w+=/)
  const [, script = ''] = /src="\/admin\/queues\/(assets\/[^"]+\.js)"/.exec(html) ?? []
  const file = await page(request(`admin/queues/${script}`, { headers: { 'accept-encoding': 'gzip' } }))
  expect(file.headers.get('cache-control')).toBe('private, max-age=31536000, immutable')
  expect(file.headers.get('content-encoding')).toBe('gzip')
  expect((await file.arrayBuffer()).byteLength).toBeLessThan(60_000)
})

test('no answer has a DSN, a password or a secret, and what is sealed stays so', async () => {
  const secret = 'a secret of at least thirty-two bytes, indeed'
  class Remote extends LocmemClient {
    override get dsn(): string {
      return 'redis://ann:pa55word@db.internal:6379/0'
    }
  }
  const client = new Remote('locmem://')
  await using ours = new Gator(client, { secret, encrypt: true })
  await using theirs = new Gator(client)
  const { taskId: id } = await ours.task(makeThumbnail, 'sealed-path', [1])
  await ours.schedule('daily', '0 9 * * *').task(makeThumbnail, 'sealed-path', [1])
  const open = dashboard(ours, ADMIN)
  const closed = dashboard(theirs, ADMIN)
  const paths = [
    '',
    'api/overview',
    'api/queue?queue=all',
    `api/task?queue=all&id=${id}`,
    'api/dead',
    'api/workers',
  ]
  for (const [page, isOpen] of [
    [open, true],
    [closed, false],
  ] as const) {
    const texts = await Promise.all(
      [...paths, 'api/schedules'].map(async (path) => (await page(request(path))).text()),
    )
    const all = texts.join('\n')
    for (const word of ['pa55word', 'db.internal', 'thirty-two']) expect(all).not.toContain(word)
    expect(all.includes('sealed-path')).toBe(isOpen)
  }
})

test('the store is asked once for the same question, whatever else stands in the address', async () => {
  class Counting extends LocmemClient {
    asked = 0
    override counts(queue: string): Promise<Counts> {
      this.asked += 1
      return super.counts(queue)
    }
  }
  const client = new Counting('locmem://')
  await using gator = new Gator(client)
  await gator.task(sendPostEmail, 1, 1)
  const page = dashboard(gator, ADMIN)
  await page(request('api/queue?queue=all'))
  const before = client.asked
  const others = Array.from({ length: 24 }, (_, at) => `api/queue?x=${at}&state=&queue=all&most=${at}`)
  for (const path of others) expect((await page(request(path))).status).toBe(200)
  expect(client.asked).toBe(before)
})

test('a question that makes no sense is refused, in words', async () => {
  await using gator = new Gator('locmem://')
  await gator.task(sendPostEmail, 1, 1)
  const page = dashboard(gator, ADMIN)
  for (const [path, message] of [
    ['queue?queue=all&after=garbage', 'Option after cannot be "garbage". Pass the `next` of the page before'],
    ['batches?queue=all&after=garbage', 'Option after cannot be "garbage".'],
    ['queue?queue=all&state=asleep', 'state is to be one of'],
    ['batches?show=all', 'show is to be open or ended.'],
    ['queue', 'queue is missing.'],
    ['batch?queue=all', 'id is missing.'],
  ] as const) {
    const answer = await page(request(`api/${path}`))
    expect([path, answer.status]).toEqual([path, 400])
    expect((await read<{ error: { message: string } }>(answer)).error.message).toContain(message)
  }
  expect((await page(request('api/constructor'))).status).toBe(404)
})

describe('what is shown of tasks', () => {
  test('is cut at 4 kB, in whole characters', async () => {
    await using gator = new Gator('locmem://')
    const { taskId } = await gator.task(makeThumbnail, '🐊'.repeat(300_000), [1])
    const page = dashboard(gator, ADMIN)
    const { task } = await read<{ task: { args: { text: string; size: number } } }>(
      page(request(`api/task?queue=all&id=${taskId}`)),
    )
    expect(task.args.size).toBeGreaterThan(1_200_000)
    expect(Buffer.byteLength(task.args.text)).toBeLessThanOrEqual(4096)
    expect(task.args.text).not.toContain('\ufffd')
    const list = await (await page(request('api/queue?queue=all'))).text()
    expect(list.length).toBeLessThan(3000)
  })

  test('is what redact leaves of it, and nothing where that fails', async () => {
    await using gator = new Gator('locmem://')
    const [id = ''] = await withDead(gator, 'private-order')
    await gator.schedule('daily', '0 9 * * *').task(charge, 'private-order', 'REFUSED')
    const hidden = dashboard(gator, {
      ...ADMIN,
      redact: ({ reason, ...task }) => ({
        ...task,
        args: ['hidden'],
        ...(reason && { reason: { ...reason, message: 'hidden', stack: undefined } }),
      }),
    })
    const failing = dashboard(gator, {
      ...ADMIN,
      redact: () => {
        throw new Error('private-order')
      },
    })
    for (const page of [hidden, failing])
      for (const path of [
        'queue?queue=all&state=dead',
        `task?queue=all&id=${id}`,
        'dead',
        'schedules',
        'overview',
      ]) {
        const text = await (await page(request(`api/${path}`))).text()
        expect([path, text.includes('private-order')]).toEqual([path, false])
      }
    // What is hidden can be told apart all the same, and changed.
    const { groups } = await read<{ groups: { likeness: string }[] }>(hidden(request('api/dead')))
    const all = { action: 'drop-all', queue: 'all', likeness: groups[0]?.likeness }
    expect(await read(hidden(request('api/act', sent(all))))).toMatchObject({ changed: 1 })
  })

  test('says why a task waits', async () => {
    await using gator = new Gator('locmem://')
    const page = dashboard(gator, ADMIN)
    const whyOf = async (id: string) =>
      (await read<{ why: { kind: string }[] }>(page(request(`api/task?queue=all&id=${id}`)))).why
    const first = await gator.task(sendPostEmail, 1, 1)
    expect(await whyOf(first.taskId)).toEqual([{ kind: 'no-worker' }])
    const next = await gator.options({ dependsOn: [first.taskId] }).task(sendPostEmail, 2, 1)
    await gator.pause({ reason: 'stock-taking' })
    await gator.options({ priority: 'high' }).task(sendPostEmail, 3, 1)
    expect(await whyOf(next.taskId)).toEqual([
      { kind: 'paused', since: expect.any(Number), reason: 'stock-taking' },
      { kind: 'dependencies', tasks: [{ taskId: first.taskId, state: 'waiting' }] },
    ])
    // What was answered a moment ago may be answered again.
    const third = await gator.task(sendPostEmail, 6, 1)
    expect((await whyOf(third.taskId)).slice(1)).toEqual([{ kind: 'no-worker' }, { kind: 'level', above: 1 }])
    const batch = await gator.batch({ onDone: [sendPostEmail, 5, 1] }, (b) => b.task(sendPostEmail, 4, 1))
    expect(await whyOf(`${batch.id}:done`)).toMatchObject([
      { kind: 'paused' },
      { kind: 'batch', batchId: batch.id, batch: { pending: 1, total: 1 } },
    ])
    await gator.resume()
    await gator.pause({ task: sendPostEmail, reason: 'the mail server moves' })
    expect((await whyOf(first.taskId))[0]).toMatchObject({
      kind: 'function-paused',
      reason: 'the mail server moves',
    })
    const later = await gator.options({ delayBy: '1h' }).task(sendPostEmail, 4, 1)
    expect((await whyOf(later.taskId)).map(({ kind }) => kind)).toEqual(['delayed', 'function-paused'])
  })
})

test('what a task has told while it ran is shown, cut and redacted as the rest', async () => {
  await using gator = new Gator('locmem://')
  const { taskId } = await gator.task(tellAndFail, 'x'.repeat(2000))
  await new Worker(gator, { burst: true, logger: silentLogger() }).runForever()
  const path = `api/task?queue=all&id=${taskId}`
  const { task } = await read<{ task: { progress: number; text: string; log: { line: string }[] } }>(
    dashboard(gator, ADMIN)(request(path)),
  )
  expect([task.progress, task.text, task.log.length]).toEqual([0.4, 'page 12 of 30', 1])
  expect(task.log[0]?.line.length).toBeLessThan(600)
  const hidden = dashboard(gator, {
    ...ADMIN,
    redact: ({ log: _, args: __, ...rest }) => ({ ...rest, args: [] }),
  })
  expect(await (await hidden(request(path))).text()).not.toContain('xxxx')
})

test('what workers run is shown, since when, and under no name that nobody is to see', async () => {
  await using gator = new Gator('locmem://')
  const about = {
    id: 'w',
    name: 'web',
    queues: ['all'],
    concurrency: 4,
    running: 2,
    tasksComplete: 7,
    startedAt: 1,
  }
  const tasks = [
    { queue: 'all', taskId: 'one', name: 'mail#send', since: 1000 },
    { queue: 'all', taskId: 'two', since: 2000 },
  ]
  await gator.backend.directory?.announce({ ...about, tasks }, 30)
  const shownBy = async (options: DashboardOptions) =>
    (await read<WorkersPageView>(dashboard(gator, options)(request('api/workers')))).workers[0]?.tasks
  expect(await shownBy(ADMIN)).toEqual([
    { queue: 'all', id: 'one', name: 'mail#send', since: 1000 },
    { queue: 'all', id: 'two', name: null, since: 2000 },
  ])
  const hidden = await shownBy({ ...ADMIN, redact: (task) => ({ ...task, name: null }) })
  expect(hidden?.map(({ name }) => name)).toEqual([null, null])
})

describe('actions', () => {
  test('are told, with who took them, and what they failed of', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    await using gator = new Gator('locmem://')
    const events: ActionEvent[] = []
    const page = dashboard(gator, {
      authorize: () => ({ access: 'write', who: 'ann@shop.test' }),
      onAction: (event) => {
        events.push(event)
        throw new Error('the log is full')
      },
    })
    const ids = await withDead(gator, 'one', 'two')
    expect(
      await read(page(request('api/act', sent({ action: 'retry', queue: 'all', ids: [ids[0]] })))),
    ).toEqual({
      changed: 1,
    })
    const missing = { action: 'run-schedule', queue: 'all', ids: ['nightly'] }
    expect((await page(request('api/act', sent(missing)))).status).toBe(404)
    const about = { who: 'ann@shop.test', store: 'queues', queue: 'all', at: expect.any(Number) }
    expect(events).toEqual([
      { ...about, action: 'retry', ids: [ids[0]], changed: 1 },
      { ...about, action: 'run-schedule', ids: ['nightly'], changed: 0, error: expect.any(Error) },
    ])
    expect(warn).toHaveBeenCalledTimes(2)
    warn.mockRestore()
  })

  test('that make no sense are refused', async () => {
    await using gator = new Gator('locmem://')
    const page = dashboard(gator, ADMIN)
    for (const [status, action] of [
      [404, { action: 'explode', queue: 'all' }],
      [404, { action: '__proto__', queue: 'all' }],
      [400, { action: 'retry' }],
      [400, { action: 'retry', queue: 'all' }],
      [400, { action: 'retry', queue: 'all', ids: [''] }],
      [400, { action: 'retry', queue: 'all', ids: Array.from({ length: 101 }, (_, at) => `t${at}`) }],
      [404, { action: 'retry', queue: 'all', ids: ['x'], store: 'other' }],
      [400, { action: 'pause', queue: 'x'.repeat(3000) }],
      [400, { action: 'drop-all', queue: 'all', priority: 'urgent' }],
    ] as const)
      expect([action.action, (await page(request('api/act', sent(action)))).status]).toEqual([
        action.action,
        status,
      ])
  })

  test('on all of an error go on part after part, and leave what died later', async () => {
    await using gator = new Gator('locmem://')
    const page = dashboard(gator, ADMIN)
    await withDead(gator, 'a', 'b', 'c')
    const { groups, at } = await read<{ at: number; groups: { likeness: string; count: number }[] }>(
      page(request('api/dead')),
    )
    // Each error names another order, so that they are told apart.
    expect(groups.map(({ count }) => count)).toEqual([1, 1, 1])
    const [one] = groups
    const early = { action: 'drop-all', queue: 'all', likeness: one?.likeness, until: at - 3600 }
    expect(await read(page(request('api/act', sent(early))))).toEqual({ changed: 0, seen: 3 })
    expect(await read(page(request('api/act', sent({ ...early, until: at + 1 }))))).toEqual({
      changed: 1,
      seen: 3,
    })
  })

  test('reach no queue that is not shown', async () => {
    await using gator = new Gator('locmem://')
    await gator.task(sendPostEmail, 1, 1)
    const page = dashboard(gator, { ...ADMIN, queues: ['mail'] })
    expect((await page(request('api/act', sent({ action: 'pause', queue: 'all' })))).status).toBe(404)
    expect((await page(request('api/queue?queue=all'))).status).toBe(404)
    expect(await read(page(request('api/overview')))).toMatchObject({ queues: [{ queue: 'mail' }] })
  })
})

test('a page is told what changes, and the app is not kept busy by one that has gone', async () => {
  await using gator = new Gator('locmem://')
  const page = dashboard(gator, ADMIN)
  const controller = new AbortController()
  const answer = await page(request('live/overview', { signal: controller.signal }))
  expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
  expect((await reader?.read())?.value).toMatch(/^data: .*"count":0/)
  await gator.task(sendPostEmail, 1, 1)
  for (let text = ''; !text.includes('"queue":"all"');) text += (await reader?.read())?.value ?? ''
  controller.abort()
  await reader?.cancel()
})

test('an option that makes no sense is refused', () => {
  const gator = new Gator('locmem://')
  for (const [options, message] of [
    [{ authorise: () => 'write' }, 'dashboard has no option'],
    [{ ...ADMIN, basePath: 'queues' }, 'Option basePath cannot be'],
    [{ ...ADMIN, queues: [] }, 'Option queues cannot be'],
    [{ authorize: 'write' }, 'Option authorize cannot be'],
  ] as const)
    expect(() => dashboard(gator, options as unknown as DashboardOptions)).toThrow(message)
})
