import { Client, type Counts, Gator, LocmemClient, type Payload } from '@alligator/core'
import { until } from '@alligator/testbed'
import { type DashboardOptions, dashboard } from '../src/index.js'
import { read, request, sent } from './answers.js'
import { withDead } from './shop/dead.js'
import { makeThumbnail, sendPostEmail } from './shop/mail.js'

const ADMIN = { authorize: () => 'write' } as const satisfies DashboardOptions

/** A store that answers nothing, as one behind a broken network. */
class Silent extends LocmemClient {
  asked = 0
  override counts(_queue: string): Promise<Counts> {
    this.asked += 1
    return new Promise(() => undefined)
  }
}

/** Five methods, and no more. */
class Plain extends Client {
  len(): number {
    return 3
  }
  dropAll(): void {}
  push(_queue: string, id: string): string {
    return id
  }
  pop(): Payload | undefined {
    return undefined
  }
  get(): Payload | undefined {
    return undefined
  }
}

describe('a store', () => {
  test('that answers nothing holds up neither the page nor the app, and is not asked again and again', async () => {
    const client = new Silent('locmem://')
    await using gator = new Gator(client)
    await gator.task(sendPostEmail, 1, 1)
    const page = dashboard(gator, ADMIN)
    expect(await read(page(request('api/overview')))).toMatchObject({
      queues: [{ queue: 'all', isPending: true }],
    })
    const paths = ['overview', 'overview?sort=dead', 'queue?queue=all', 'dead']
    const askAll = () => Promise.all(paths.map(async (path) => (await page(request(`api/${path}`))).status))
    await until(async () => (await askAll()).every((status) => status === 504))
    expect(await read(page(request('api/dead')))).toEqual({
      error: { code: 'STORE_SLOW', message: 'The store has not answered within 5 s.' },
    })
    expect(client.asked).toBeLessThan(10)
    expect((await page(request(''))).status).toBe(200)
  })

  test('that fails is told without a word of what it said', async () => {
    class Failing extends LocmemClient {
      override counts(): Promise<Counts> {
        return Promise.reject(new Error('no route to redis://ann:pa55word@db.internal'))
      }
    }
    await using gator = new Gator(new Failing('locmem://'))
    await gator.task(sendPostEmail, 1, 1)
    const answer = await dashboard(gator, ADMIN)(request('api/overview'))
    expect([answer.status, await answer.text()]).toEqual([500, expect.not.stringContaining('pa55word')])
  })

  test('with a thousand queues is shown a part at a time', async () => {
    await using gator = new Gator('locmem://')
    for (let at = 0; at < 1000; at += 1) await gator.backend.push(`queue-${at}`, `t${at}`, '{}')
    const page = dashboard(gator, ADMIN)
    const first = await read<{ queues: unknown[]; count: number }>(page(request('api/overview')))
    expect([first.queues.length, first.count]).toEqual([50, 1000])
    expect(await read(page(request('api/overview?filter=QUEUE-77')))).toMatchObject({ count: 11 })
  })

  test('with many dead letters is looked at in part, and says so', async () => {
    await using gator = new Gator('locmem://')
    const reason = { code: 'E', message: 'of something', at: 1, worker: 'w', attempt: 1 }
    await gator.taskMany(
      sendPostEmail,
      Array.from({ length: 2500 }, (_, at): [number, number] => [at, 1]),
    )
    for (const delivery of await gator.backend.reserve(['all'], { limit: 2500, lease: 30 }))
      await gator.backend.bury(delivery, reason)
    const page = dashboard(gator, ADMIN)
    const found = await read<{ dead: number; seen: number }>(page(request('api/dead')))
    expect(found.dead).toBe(2500)
    expect(found.seen).toBeLessThanOrEqual(2000)
    const part = await read<{ seen: number; tasks: unknown[]; next: string }>(
      page(request('api/queue?queue=all&state=dead&error=NOTHING')),
    )
    expect([part.tasks, part.seen <= 2000, typeof part.next]).toEqual([[], true, 'string'])
  })

  test('that can do little says so, and shows what it can', async () => {
    await using gator = new Gator(new Plain('plain://'), { queueName: 'few' })
    const page = dashboard(gator, ADMIN)
    const html = await (await page(request(''))).text()
    expect(html).toContain('&quot;list&quot;:&quot;Plain cannot do a list of tasks')
    expect(await read(page(request('api/overview')))).toMatchObject({
      queues: [{ queue: 'few', waiting: 3 }],
    })
    expect(await read(page(request('api/queue?queue=few')))).toMatchObject({
      tasks: [],
      queue: { waiting: 3 },
    })
    for (const path of ['workers', 'schedules', 'dead'])
      expect([path, (await page(request(`api/${path}`))).status]).toEqual([path, 200])
    expect((await page(request('api/act', sent({ action: 'pause', queue: 'few' })))).status).toBe(501)
  })

  test('is one of several, each by its name', async () => {
    await using mail = new Gator('locmem://', { queueName: 'mail' })
    await using media = new Gator('locmem://', { queueName: 'media' })
    await media.task(makeThumbnail, 'a.jpg', [1])
    const page = dashboard({ mail, media }, ADMIN)
    expect(await read(page(request('api/overview?store=media')))).toMatchObject({
      queues: [{ queue: 'media' }],
    })
    expect(await read(page(request('api/overview?store=mail')))).toMatchObject({ queues: [] })
    expect((await page(request('api/overview?store=other'))).status).toBe(404)
    expect(() => dashboard({}, ADMIN)).toThrow('Pass at least one Gator.')
  })
})

test('how tries have ended within the hour is told, also of a queue that holds nothing any more', async () => {
  await using gator = new Gator('locmem://')
  await gator.task(sendPostEmail, 1, 1)
  await withDead(gator, 'refused')
  await gator.backend.deadLetters?.kick('all')
  await gator.backend.dropAll('all')
  const page = dashboard(gator, ADMIN)
  const hour = { tried: 2, failed: 1, mean: expect.any(Number) }
  expect(await read(page(request('api/overview')))).toMatchObject({
    hour,
    queues: [{ queue: 'all', waiting: 0, hour }],
  })
  const { ended } = await read<{ ended: Record<'at' | 'succeeded' | 'failed', number[]> }>(
    page(request('api/queue?queue=all')),
  )
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)
  expect([ended.at.length, sum(ended.succeeded), sum(ended.failed)]).toEqual([60, 1, 1])
})
