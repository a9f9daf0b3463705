import {
  CANCELED,
  Gator,
  LocmemClient,
  SUCCESS,
  Task,
  Worker,
  silentLogger,
  systemClock,
} from '../src/index.js'
import { VirtualClock, drain, testGator } from '../src/testing.js'
import { makeGate } from './gate.js'
import { observed } from './observed.js'
import { add, alwaysFail, giveBack, waitAtGate } from './tasks.js'

const KEPT = { keepResult: '1h' } as const

/** What a promise fails with; already caught. */
function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  )
}

/** A store that can be made to fail, and counts what is asked. */
class WatchedClient extends LocmemClient {
  looks = 0
  listeners = 0
  isAway = false

  constructor(dsn: string) {
    super(dsn)
    Object.assign(this, { listing: this.#watched(this.listing), results: this.#heard(this.results) })
  }

  #watched(listing: LocmemClient['listing']): LocmemClient['listing'] {
    return {
      ...listing,
      find: async (queue, ids) => {
        this.looks += 1
        if (this.isAway) throw new Error('The store is away.')
        return listing.find(queue, ids)
      },
    }
  }

  #heard(results: LocmemClient['results']): LocmemClient['results'] {
    return {
      ...results,
      onEnd: (listener) => {
        this.listeners += 1
        const unlisten = results.onEnd(listener)
        return () => {
          this.listeners -= 1
          unlisten()
        }
      },
    }
  }
}

describe('waiting for a result', () => {
  test('gives what the function returned, by its task and by its id, from whichever gator', async () => {
    await using gator = new Gator('locmem://results')
    await using other = new Gator('locmem://results')
    const task = await gator.options(KEPT).task(add, 1, 2)
    const both = [task.finished(), other.finished<typeof add>(task.taskId)]
    await other.pop()
    const results: number[] = await Promise.all(both)
    expect(results).toEqual([3, 3])
    expect(await gator.lookUp(task.taskId)).toMatchObject({ state: 'done', result: 3, log: [] })
  })

  test('gives nothing where that is what was returned', async () => {
    await using gator = new Gator('locmem://')
    const task = await gator.options(KEPT).task(giveBack, 'nothing')
    await gator.pop()
    expect(await task.finished()).toBeUndefined()
  })

  test('ends when the task is dead, with the reason', async () => {
    await using gator = new Gator('locmem://')
    const task = await gator.options(KEPT).task(alwaysFail, 'no luck')
    const waiting = failureOf(task.finished())
    await expect(gator.pop()).rejects.toMatchObject({ code: 'TASK_FAILED' })
    expect(await waiting).toMatchObject({
      code: 'TASK_FAILED',
      taskId: task.taskId,
      message: expect.stringContaining('no luck'),
    })
  })

  test('ends when the task is canceled, whether it waits or runs', async () => {
    await using gator = new Gator('locmem://')
    const gate = makeGate('canceled')
    const { worker } = observed(gator)
    const running = worker.runForever()
    const runs = await gator.options(KEPT).task(waitAtGate, 'canceled')
    await gate.reached
    const waits = await gator.options({ ...KEPT, delayBy: '1h' }).task(add, 1, 2)
    const ended = [runs, waits].map((task) =>
      expect(task.finished()).rejects.toMatchObject({ code: 'TASK_CANCELED', taskId: task.taskId }),
    )
    for (const { taskId } of [runs, waits]) expect((await gator.cancel(taskId))?.status).toBe(CANCELED)
    await Promise.all(ended)
    gate.open()
    worker.stop()
    await running
  })

  test('ends when the queue is dropped, when the result has expired, and where the task never was', async () => {
    const gator = testGator()
    const gone = { code: 'RESULT_GONE' }
    const dropped = await gator.options(KEPT).task(add, 1, 2)
    const waiting = failureOf(dropped.finished())
    await gator.backend.dropAll(gator.queueName)
    await gator.clock.advance(1)
    expect(await waiting).toMatchObject(gone)
    const task = await gator.options({ keepResult: '1m' }).task(add, 1, 2)
    await drain(gator)
    await gator.clock.advance(59)
    expect(await task.finished()).toBe(3)
    await gator.clock.advance(2)
    await expect(task.finished()).rejects.toMatchObject(gone)
    await expect(gator.finished('never there')).rejects.toMatchObject(gone)
    expect(await gator.lookUp('never there')).toBeUndefined()
  })

  test('ends after its time, at the signal, and with the gator; a task without `keepResult` is not waited for', async () => {
    const gator = new Gator('locmem://')
    const task = await gator.options(KEPT).task(add, 1, 2)
    await expect(task.finished({ timeout: 0.01 })).rejects.toMatchObject({ code: 'RESULT_TIMEOUT' })
    const reason = new Error('no more')
    await expect(task.finished({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    const abort = new AbortController()
    const waiting = failureOf(task.finished({ signal: abort.signal }))
    abort.abort(reason)
    expect(await waiting).toBe(reason)
    const closed = failureOf(task.finished())
    await gator.close()
    expect(await closed).toMatchObject({ code: 'CLOSED' })
    await expect(new Task().toCall(add, 1, 2).finished()).rejects.toMatchObject({ code: 'TASK_NOT_READY' })
    await using other = new Gator('locmem://')
    await expect((await other.task(add, 1, 2)).finished()).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  })

  test('goes on while the store is away, and then for no longer than it may', async () => {
    const client = new WatchedClient('locmem://away')
    await using gator = new Gator(client)
    const task = await gator.options(KEPT).task(add, 1, 2)
    client.isAway = true
    await expect(task.finished({ timeout: 0.05 })).rejects.toMatchObject({
      code: 'RESULT_TIMEOUT',
      cause: expect.objectContaining({ message: 'The store is away.' }),
    })
    const later = task.finished()
    client.isAway = false
    await gator.pop()
    expect(await later).toBe(3)
  })

  test('by a thousand listens once, and asks about all of them together', async () => {
    const client = new WatchedClient('locmem://thousand')
    await using gator = new Gator(client)
    const lists = Array.from({ length: 1000 }, (_, at): [number, number] => [at, 1])
    const tasks = await gator.options(KEPT).taskMany(add, lists)
    const waiting = Promise.all(tasks.map((task) => task.finished()))
    await new Promise((resolve) => setImmediate(resolve))
    expect([client.listeners, client.looks]).toEqual([1, 1])
    const worker = new Worker(gator, { burst: true, concurrency: 100, logger: silentLogger() })
    await worker.runForever()
    expect(await waiting).toEqual(lists.map(([at]) => at + 1))
    expect(client.looks).toBeLessThan(100)
    expect(client.listeners).toBe(0)
  })

  test('of a task that was pushed again under its id waits for that one', async () => {
    await using gator = new Gator('locmem://')
    const options = { ...KEPT, taskId: 'again' }
    await gator.options(options).task(add, 1, 2)
    await gator.pop()
    await gator.options(options).task(add, 3, 4)
    const waiting = gator.finished<typeof add>('again')
    await new Promise((resolve) => setImmediate(resolve))
    await gator.pop()
    expect(await waiting).toBe(7)
  })
})

describe('a result that cannot be kept', () => {
  test.each(['date', 'much'] as const)('(%s) fails nobody but those who wait for it', async (what) => {
    await using gator = new Gator('locmem://')
    const { worker, events } = observed(gator, { burst: true })
    const task = await gator.options({ ...KEPT, retries: 3 }).task(giveBack, what)
    await worker.runForever()
    const error = { code: 'RESULT_NOT_STORABLE', message: expect.stringContaining('giveBack') }
    await expect(task.finished()).rejects.toMatchObject(error)
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'task:unkept', error: expect.objectContaining(error) }),
    )
    expect(events.map(({ type }) => type)).toContain('task:success')
    expect(await gator.backend.counts('all')).toEqual({ waiting: 0, delayed: 0, running: 0, dead: 0 })
  })

  test('is larger than `maxResult` allows, which can be raised', async () => {
    await using gator = new Gator('locmem://', { maxResult: 100_000 })
    const task = await gator.options(KEPT).task(giveBack, 'much')
    await gator.pop()
    expect(await task.finished()).toHaveLength(70_000)
  })

  test('is refused as an option of no time', () => {
    const gator = testGator()
    expect(() => gator.options({ keepResult: 0 })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    )
  })
})

describe('where it is kept', () => {
  test('a result is sealed as payloads are, for its own task alone', async () => {
    const secret = 'a secret of at least 32 characters'
    await using gator = new Gator('locmem://', { secret, encrypt: true })
    const [one, two] = await gator.options(KEPT).taskMany(giveBack, [['text'], ['text']])
    await gator.pop()
    await gator.pop()
    const kept = await gator.backend.results?.get('all', [one?.taskId ?? '', two?.taskId ?? ''])
    const [first = '', second] = [...(kept?.values() ?? [])]
    expect(first).toMatch(/^encrypted1:/)
    expect(first).not.toBe(second)
    await gator.push(new Task({ ...KEPT, taskId: 'moved' }), giveBack, 'text')
    const [delivery] = await gator.backend.reserve(['all'], { lease: 30 })
    if (delivery) await gator.backend.results?.ack([{ delivery, result: first, keepFor: 60 }])
    await expect(gator.finished('moved')).rejects.toMatchObject({
      code: 'BAD_SIGNATURE',
      message: expect.stringMatching(/^The result of task "moved" of queue "all" was not read/) as string,
    })
  })

  test('tasks without `keepResult` leave nothing, and those that run in this process need nothing', async () => {
    const gator = testGator({ inline: true })
    const task = await gator.options(KEPT).task(add, 1, 2)
    expect([task.status, await task.finished()]).toEqual([SUCCESS, 3])
    await using other = new Gator('locmem://')
    const plain = await other.task(add, 1, 2)
    await other.pop()
    expect((await other.backend.results?.get('all', [plain.taskId]))?.size).toBe(0)
  })

  test('virtual time passes for those who wait, too', async () => {
    const gator = testGator()
    const task = await gator.options({ ...KEPT, delayBy: '1h' }).task(add, 1, 2)
    const waiting = failureOf(task.finished({ timeout: '10m' }))
    await gator.clock.advance('10m')
    expect(await waiting).toMatchObject({ code: 'RESULT_TIMEOUT' })
    const later = task.finished({ timeout: '2h' })
    await gator.clock.advance('1h')
    await drain(gator)
    expect(await later).toBe(3)
    expect(gator.clock).toBeInstanceOf(VirtualClock)
  })

  test('a clock that is set back keeps nobody waiting', async () => {
    let ahead = 3600
    const { timer } = systemClock
    await using gator = new Gator('locmem://', { clock: { now: () => systemClock.now() + ahead, timer } })
    const task = await gator.options(KEPT).task(add, 1, 2)
    await gator.runNext()
    const waiting = task.finished({ timeout: '5s' })
    ahead = 0
    expect(await waiting).toBe(3)
  })
})
