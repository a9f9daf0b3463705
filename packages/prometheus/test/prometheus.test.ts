import { Gator, Worker, silentLogger } from '@alligator/core'
import { VirtualClock } from '@alligator/core/testing'
import '@alligator/redis'
import { type Server, startRedis } from '@alligator/testbed'
import { Registry } from 'prom-client'
import { metricsHandler, watchWorker } from '../src/index.js'
import { fail, quick } from './tasks.js'

/** The samples of a text, without its comments. */
function samplesOf(text: string): Record<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return Object.fromEntries(
    lines.map((line) => {
      const [, name = '', value = ''] = /^(.*) (\S+)$/.exec(line) ?? []
      return [name, Number(value)]
    }),
  )
}

async function work(gator: Gator): Promise<void> {
  await new Worker(gator, { burst: true, logger: silentLogger() }).runForever()
}

describe('the metrics of queues', () => {
  test('tell how many tasks are in each state, how old the first one is, and what is paused', async () => {
    const clock = new VirtualClock()
    await clock.advance(Date.now() / 1000 - clock.now())
    await using gator = new Gator('locmem://', { clock })
    await gator.taskMany(quick, [[], [], []])
    await gator.options({ delayBy: '1h' }).task(quick)
    await clock.advance(60)
    const handler = metricsHandler(gator)
    const answer = await handler()
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
    ])
    const samples = samplesOf(await answer.text())
    expect(samples).toMatchObject({
      'alligator_queue_tasks{queue="all",state="waiting"}': 3,
      'alligator_queue_tasks{queue="all",state="delayed"}': 1,
      'alligator_queue_tasks{queue="all",state="running"}': 0,
      'alligator_queue_tasks{queue="all",state="dead"}': 0,
      'alligator_queue_paused{queue="all"}': 0,
    })
    expect(samples['alligator_queue_oldest_seconds{queue="all"}']).toBeCloseTo(60, 0)
    await gator.pause()
    expect(samplesOf(await (await handler()).text())['alligator_queue_paused{queue="all"}']).toBe(1)
  })

  test('tell how tasks have ended within an hour and a day, and how long they ran, with no worker left', async () => {
    const clock = new VirtualClock()
    await using gator = new Gator('locmem://', { clock })
    await gator.taskMany(quick, [[], [], []])
    await gator.options({ retries: 1, backoff: 0 }).task(fail)
    await work(gator)
    const samples = samplesOf(await (await metricsHandler(gator)()).text())
    for (const within of ['1h', '1d']) {
      const ended = (outcome: string) =>
        samples[`alligator_queue_ended{queue="all",outcome="${outcome}",within="${within}"}`]
      expect(['success', 'retry', 'dead', 'lost'].map(ended)).toEqual([3, 1, 1, 0])
      expect(samples[`alligator_queue_mean_seconds{queue="all",within="${within}"}`]).toBeLessThan(1)
    }
  })

  test('forget a queue that is gone, and keep its name from breaking the text', async () => {
    const clock = new VirtualClock()
    await using gator = new Gator('locmem://', { clock, queueName: 'a "b"\n\\c' })
    await gator.task(quick)
    const handler = metricsHandler(gator)
    const before = await (await handler()).text()
    expect(before).toContain('alligator_queue_tasks{queue="a \\"b\\"\\n\\\\c",state="waiting"} 1')
    await work(gator)
    const emptied = await (await handler()).text()
    expect(emptied).not.toContain('alligator_queue_tasks{')
    expect(emptied).toContain(
      'alligator_queue_ended{queue="a \\"b\\"\\n\\\\c",outcome="success",within="1h"} 1',
    )
    await clock.advance(3600)
    expect(samplesOf(await (await handler()).text())).toEqual({
      alligator_workers: expect.any(Number),
      'alligator_worker_slots{state="busy"}': 0,
      'alligator_worker_slots{state="free"}': expect.any(Number),
    })
  })

  describe('on Redis', () => {
    let server: Server
    beforeAll(async () => {
      server = await startRedis()
    })
    afterAll(() => server.close())

    test('tell of every worker, and answer 503 without a word of the password while the store is away', async () => {
      await using gator = new Gator(server.dsn)
      const worker = new Worker(gator, { concurrency: 7, logger: silentLogger() })
      const begun = new Promise((resolve) => worker.on('worker:idle', resolve))
      const ended = worker.runForever()
      await begun
      const handler = metricsHandler(gator)
      expect(samplesOf(await (await handler()).text())).toMatchObject({
        alligator_workers: 1,
        'alligator_worker_slots{state="free"}': 7,
      })
      worker.stop()
      await ended
      await gator.close()
      await server.stop('SIGKILL')
      await using hasty = new Gator(`${server.dsn}?timeout=200ms`)
      const answer = await metricsHandler(hasty)()
      expect([answer.status, await answer.text()]).toEqual([
        503,
        'The store could not be asked: STORE_UNAVAILABLE\n',
      ])
    })
  })
})

test('the metrics of a worker tell how long tasks waited and ran, and how they ended', async () => {
  const register = new Registry()
  await using gator = new Gator('locmem://')
  const worker = new Worker(gator, { burst: true, concurrency: 5, logger: silentLogger() })
  watchWorker(worker, register)
  await gator.taskMany(quick, [[], []])
  await gator.options({ retries: 1, backoff: 0 }).task(fail)
  await worker.runForever()
  const samples = samplesOf(await register.metrics())
  const count = (task: string, outcome: string) =>
    samples[`alligator_task_duration_seconds_count{queue="all",task="${task}",outcome="${outcome}"}`]
  expect([count('quick', 'success'), count('fail', 'retry'), count('fail', 'dead')]).toEqual([2, 1, 1])
  expect(samples['alligator_task_wait_seconds_count{queue="all"}']).toBe(3)
  expect(samples).toMatchObject({
    'alligator_slots{state="busy"}': 0,
    'alligator_slots{state="free"}': 5,
    alligator_reconnects_total: 0,
    alligator_leases_lost_total: 0,
  })
})
