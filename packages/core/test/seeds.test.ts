import {
  Client,
  Gator,
  type Payload,
  SUCCESS,
  Task,
  TaskNotReadyError,
  Worker,
  determineModule,
  determineName,
  importAttr,
  silentLogger,
} from '../src/index.js'
import { gunzipSync, gzipSync } from 'node:zlib'
import { listed } from './listed.js'
import { add, calls, failFirst, logError, logStart, logSuccess } from './tasks.js'

// What the seeds' tutorial, best practices and extending pages teach, step by step.

beforeEach(() => calls.splice(0))

describe('custom Task classes', () => {
  /** Leaves out what it does not need, and compresses the rest. */
  class SkinnyTask extends Task {
    override serialize(): Uint8Array {
      if (!this.func) throw new TaskNotReadyError(this.taskId)
      const wire = {
        task_id: this.taskId,
        retries: this.retries,
        module: determineModule(this.func),
        callable: determineName(this.func),
        args: this.funcArgs,
      }
      return gzipSync(JSON.stringify(wire))
    }

    static override async deserialize(data: Payload): Promise<SkinnyTask> {
      const wire = JSON.parse(gunzipSync(data).toString()) as {
        task_id: string
        retries: number
        module: string
        callable: string
        args: never[]
      }
      const task = new SkinnyTask({ taskId: wire.task_id, retries: wire.retries })
      return task.toCall(await importAttr(wire.module, wire.callable), ...wire.args)
    }
  }

  test('a task of compressed bytes goes there and back, with retries', async () => {
    await using gator = new Gator('locmem://', { taskClass: SkinnyTask })
    await gator.task(add, 1, 2)
    await gator.options({ retries: 1, backoff: 0 }).task(add, 3, 4)
    const tasks = await listed(gator, 'waiting')
    expect(tasks.every((task) => task.data instanceof Uint8Array)).toBe(true)
    const done = await gator.pop()
    expect(done).toBeInstanceOf(SkinnyTask)
    expect(done?.result).toBe(3)
    await new Worker(gator, { burst: true, logger: silentLogger() }).runForever()
    expect(calls).toEqual(['add 1 2', 'add 3 4'])
  })

  test('bytes that cannot be read become a dead letter', async () => {
    await using gator = new Gator('locmem://', { taskClass: SkinnyTask })
    await gator.backend.push('all', 'bad', new Uint8Array([1, 2, 3]))
    await expect(gator.pop()).rejects.toMatchObject({ code: 'Z_DATA_ERROR' })
    expect((await gator.backend.counts('all')).dead).toBe(1)
  })

  test('cancel and retries work on them as well', async () => {
    await using gator = new Gator('locmem://', { taskClass: SkinnyTask })
    const { taskId } = await gator.task(add, 1, 2)
    expect((await gator.cancel(taskId))?.funcArgs).toEqual([1, 2])
    await gator.options({ retries: 1 }).task(failFirst, 'a')
    expect((await gator.pop())?.retries).toBe(0)
    expect(await gator.len()).toBe(1)
  })

  test.each([
    ['`allow`', { allow: ['src/tasks/**'] }, /`allow` does not name it/],
    ['the root', { root: __dirname + '/fixtures' }, /is no module under the root/],
  ])('a class that looks functions up past %s runs none that it forbids', async (_, options, reason) => {
    const refused = expect.objectContaining({
      code: 'FORBIDDEN_REFERENCE',
      message: expect.stringMatching(reason),
    }) as Error
    const dsn = `locmem://${Object.keys(options).join()}`
    await using gator = new Gator(dsn, { taskClass: SkinnyTask, ...options })
    await expect(gator.task(add, 1, 2)).rejects.toEqual(refused)
    expect(await gator.len()).toBe(0)
    await using lax = new Gator(dsn, { taskClass: SkinnyTask })
    await lax.task(add, 1, 2)
    await expect(gator.pop()).rejects.toEqual(refused)
    expect(await gator.backend.counts('all')).toEqual({ waiting: 0, delayed: 0, running: 0, dead: 1 })
    expect(calls).toEqual([])
  })
})

describe('custom backends', () => {
  class ArrayClient extends Client {
    readonly rows: { queue: string; id: string; data: Payload; due: number }[] = []

    len(queue: string): number {
      return this.rows.filter((row) => row.queue === queue).length
    }

    dropAll(queue: string): void {
      this.rows.splice(0, this.rows.length, ...this.rows.filter((row) => row.queue !== queue))
    }

    push(queue: string, id: string, data: Payload, due = 0): string {
      this.rows.push({ queue, id, data, due })
      return id
    }

    pop(queue: string): Payload | undefined {
      return this.#take((row) => row.queue === queue && row.due <= Date.now() / 1000)
    }

    get(queue: string, id: string): Payload | undefined {
      return this.#take((row) => row.queue === queue && row.id === id)
    }

    #take(wanted: (row: ArrayClient['rows'][number]) => boolean): Payload | undefined {
      const at = this.rows.findIndex(wanted)
      return at < 0 ? undefined : this.rows.splice(at, 1)[0]?.data
    }
  }

  test('five methods are enough for a gator and its worker', async () => {
    const gator = new Gator('array://', { backendClass: ArrayClient })
    const task = await gator.task(add, 1, 2)
    await gator.options({ delayBy: '1h' }).task(add, 9, 9)
    expect(await gator.len()).toBe(2)
    expect((await gator.get(task.taskId))?.result).toBe(3)
    await gator.options({ retries: 1, backoff: 0 }).task(failFirst, 'a')
    const worker = new Worker(gator, { maxTasks: 2, napTime: 0.001, logger: silentLogger() })
    await worker.runForever()
    expect(calls).toEqual(['add 1 2', 'failFirst a', 'failFirst a'])
  })

  test('dead letters are kept, and can be put back', async () => {
    const gator = new Gator('array://', { backendClass: ArrayClient })
    await gator.task(failFirst, 'a')
    await expect(gator.pop()).rejects.toMatchObject({ code: 'TASK_FAILED' })
    expect(await gator.backend.counts('all')).toEqual({ waiting: 0, delayed: 0, running: 0, dead: 1 })
    expect(await gator.backend.deadLetters?.kick('all')).toBe(1)
    expect(await gator.len()).toBe(1)
  })

  /** As the seeds' own example: each queue is a table, which somebody has to make. */
  class TablesClient extends ArrayClient {
    readonly tables = new Set(['all'])

    override len(queue: string): number {
      return super.len(this.#table(queue))
    }

    override push(queue: string, id: string, data: Payload, due = 0): string {
      return super.push(this.#table(queue), id, data, due)
    }

    override pop(queue: string): Payload | undefined {
      return super.pop(this.#table(queue))
    }

    #table(queue: string): string {
      if (this.tables.has(queue)) return queue
      throw new Error(`no such table: ${queue}`)
    }
  }

  test('a backend that has no queue for dead letters says so before anything runs, and loses nothing', async () => {
    const gator = new Gator('tables://', { backendClass: TablesClient })
    const { taskId } = await gator.task(failFirst, 'a')
    const refused = { code: 'STORE_UNUSABLE', message: expect.stringContaining('no queue "all-dead"') }
    await expect(gator.pop()).rejects.toMatchObject(refused)
    await expect(gator.get(taskId)).rejects.toMatchObject(refused)
    await expect(new Worker(gator, { logger: silentLogger() }).runForever()).rejects.toMatchObject(refused)
    expect([calls, await gator.len()]).toEqual([[], 1])
    const { tables } = gator.backend as TablesClient
    tables.add('all-dead')
    await expect(gator.pop()).rejects.toMatchObject({ code: 'TASK_FAILED', taskId })
    expect((await gator.backend.counts('all')).dead).toBe(1)
  })

  test('what fails names the task by the id that the store knows', async () => {
    class OwnIds extends ArrayClient {
      override push(queue: string, _id: string, data: Payload, due = 0): string {
        return super.push(queue, String(this.rows.length + 1), data, due)
      }
    }
    const gator = new Gator('own-ids://', { backendClass: OwnIds })
    const { taskId } = await gator.task(failFirst, 'a')
    expect(taskId).toBe('1')
    await expect(gator.get('1')).rejects.toMatchObject({ code: 'TASK_FAILED', taskId: '1' })
  })

  test('the log of such a backend does not speak of leases', async () => {
    const gator = new Gator('array://', { backendClass: ArrayClient })
    const lines: string[] = []
    const line = (text: string) => void lines.push(text)
    const logger = { debug: line, info: line, warn: line, error: line }
    await gator.task(failFirst, 'a')
    jest.spyOn(gator.backend, 'bury').mockRejectedValue(Object.assign(new Error('no'), { code: 'CLOSED' }))
    await new Worker(gator, { burst: true, logger }).runForever()
    expect(lines.join('\n')).toContain('could not be settled: no This backend delivers at most once')
    expect(lines.join('\n')).not.toContain('lease')
  })

  test('what cannot be built on five methods is refused', async () => {
    const gator = new Gator('array://', { backendClass: ArrayClient })
    const refused = { code: 'NOT_SUPPORTED', operation: 'dependsOn', missing: 'listing' }
    await expect(gator.options({ dependsOn: 'x' }).task(add, 1, 2)).rejects.toMatchObject(refused)
    expect(await gator.len()).toBe(0)
  })

  test('a worker says that such a backend delivers at most once', async () => {
    const gator = new Gator('array://', { backendClass: ArrayClient })
    const warn = jest.fn()
    await new Worker(gator, { burst: true, logger: { ...silentLogger(), warn } }).runForever()
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('at most once'), expect.anything())
  })
})

test('hooks see the start, the result and the error', async () => {
  await using gator = new Gator('locmem://')
  const hooks = { onStart: logStart, onSuccess: logSuccess, onError: logError }
  await gator.options({ ...hooks, retries: 1, backoff: 0 }).task(failFirst, 'feed')
  await new Worker(gator, { burst: true, logger: silentLogger() }).runForever()
  expect(calls).toEqual([
    'start failFirst try 1',
    'failFirst feed',
    'error feed fails at first',
    'start failFirst try 2',
    'failFirst feed',
    'success feed on try 2',
  ])
})

test('a prefix gives tests a queue of their own', async () => {
  const queueName = (prefix?: string) => [prefix, 'all'].filter(Boolean).join('_')
  await using gator = new Gator('locmem://prefixed', { queueName: queueName() })
  await using testing = new Gator('locmem://prefixed', { queueName: queueName('test') })
  await testing.task(add, 1, 2)
  expect(testing.queueName).toBe('test_all')
  expect(await gator.len()).toBe(0)
})

test('the environment decides whether tasks run at once', async () => {
  await using gator = new Gator('locmem://')
  const environment: { ALLIGATOR_ASYNC?: string } = { ALLIGATOR_ASYNC: 'False' }
  const task = await gator.options({ isAsync: environment.ALLIGATOR_ASYNC }).task(add, 1, 2)
  expect(task.status).toBe(SUCCESS)
})
