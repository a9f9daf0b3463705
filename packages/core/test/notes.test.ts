import {
  type ClientOptions,
  type Delivery,
  Gator,
  LocmemClient,
  type Payload,
  type Task,
  currentTask,
} from '../src/index.js'
import { EventStream } from '../src/events/event-stream.js'
import { silentLogger } from '../src/events/logger.js'
import type { Subject } from '../src/execution/host.js'
import { LeaseKeeper } from '../src/execution/lease-keeper.js'
import { settle } from '../src/execution/settle.js'
import { VirtualClock, drain, testGator } from '../src/testing.js'
import { makeGate } from './gate.js'
import { observed, turn } from './observed.js'
import { calls, giveBack, orderInSteps, snoozeInStep, steps, tellAtGate } from './tasks.js'

const LEASE = 30
const KEPT = { result: '42', keepFor: 60 }

beforeEach(() => {
  calls.splice(0)
  steps.splice(0)
})

/** A store that keeps neither results nor notes. */
class PlainClient extends LocmemClient {
  override readonly results = undefined as never
  override readonly notes = undefined as never
}

/** A store whose notes can be made to fail, and are counted. */
class NotingClient extends LocmemClient {
  saves = 0
  reads = 0
  failures = 0

  constructor(dsn: string, options?: ClientOptions) {
    super(dsn, options)
    Object.assign(this, { notes: this.#counted(this.notes) })
  }

  #counted(notes: LocmemClient['notes']): LocmemClient['notes'] {
    return {
      get: async (queue, taskId) => {
        this.reads += 1
        return notes.get(queue, taskId)
      },
      save: async (delivery: Delivery, note: Payload) => {
        this.saves += 1
        if (this.failures-- > 0) throw new Error('The store is away.')
        return notes.save(delivery, note)
      },
    }
  }
}

async function take(client: LocmemClient, id: string): Promise<Delivery> {
  await client.push('all', id, id)
  const [delivery] = await client.reserve(['all'], { lease: LEASE })
  if (!delivery) throw new Error('Nothing was handed out.')
  return delivery
}

/** As a worker has it whose function has just ended. */
function ended(delivery: Delivery): Subject {
  return {
    delivery,
    task: undefined,
    seconds: 0,
    loss: undefined,
    isCompleted: false,
    error: undefined,
    args: undefined,
    end: () => undefined,
  }
}

async function finish(engine: Gator, delivery: Delivery): Promise<string> {
  const clock = new VirtualClock()
  const keeper = new LeaseKeeper(engine.backend, clock, LEASE)
  keeper.hold(delivery, () => undefined)
  const events = new EventStream(silentLogger)
  try {
    const host = { engine, keeper, ident: () => 'somebody', events }
    return await settle({ type: 'success', kept: KEPT }, ended(delivery), host)
  } finally {
    keeper.stop()
  }
}

describe('a result', () => {
  test('is kept in the step that settles its task', async () => {
    await using gator = new Gator('locmem://')
    const client = gator.backend as LocmemClient
    const delivery = await take(client, 'one')
    expect(await finish(gator, delivery)).toBe('success')
    expect(await client.results.get('all', ['one'])).toEqual(new Map([['one', '42']]))
    expect(await client.counts('all')).toMatchObject({ waiting: 0, running: 0 })
  })

  test('of a task that is not held any more is not kept', async () => {
    await using gator = new Gator('locmem://')
    const client = gator.backend as LocmemClient
    const delivery = await take(client, 'one')
    await client.release(delivery)
    expect(await finish(gator, delivery)).not.toBe('success')
    expect((await client.results.get('all', ['one'])).size).toBe(0)
  })

  test('is refused where the store keeps none, before the task is on the queue; and so is a step', async () => {
    await using gator = new Gator(new PlainClient('locmem://'))
    const keeping = gator.options({ keepResult: '1h' }).task(giveBack, 'text')
    await expect(keeping).rejects.toMatchObject({ code: 'NOT_SUPPORTED', missing: 'results' })
    await gator.task(orderInSteps, 'refused')
    await expect(gator.pop()).rejects.toMatchObject({
      cause: expect.objectContaining({ code: 'NOT_SUPPORTED', missing: 'notes' }),
    })
    expect(steps).toEqual([])
    const silent = await gator.task(tellAtGate, 'silent')
    await expect(gator.get(silent.taskId)).rejects.toMatchObject({ code: 'TASK_FAILED' })
    expect(calls).toEqual(['waitAtGate silent'])
  })
})

describe('what a task tells', () => {
  test('goes with the next renewal, where others see it, and stays with its dead letter', async () => {
    const clock = new VirtualClock()
    const client = new NotingClient('locmem://', { clock })
    await using gator = new Gator(client, { clock, lease: LEASE })
    const { worker, events, next } = observed(gator)
    const running = worker.runForever()
    const gate = makeGate('the work')
    const { taskId } = await gator.task(tellAtGate, 'the work')
    await gate.reached
    expect(client.saves).toBe(0)
    await clock.advance(LEASE / 3)
    await clock.advance(LEASE / 3)
    expect(client.saves).toBe(1)
    const begun = { at: expect.any(Number), line: 'it has begun' }
    expect(await gator.lookUp(taskId)).toMatchObject({
      ...{ taskId, queue: 'all', state: 'running', attempt: 1, retries: 0 },
      ...{ progress: 0.25, text: 'a quarter of the work', log: [begun], steps: [] },
    })
    const dead = next('task:dead')
    gate.open()
    await dead
    const failed = { at: expect.any(Number), line: 'it is about to fail' }
    const report = await gator.lookUp(taskId)
    expect(report).toMatchObject({ state: 'dead', progress: 0.75, log: [begun, failed] })
    expect(report?.reason?.message).toContain('the work fails')
    expect(report?.text).toBeUndefined()
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'task:progress', progress: 0.25, text: 'a quarter of the work' }),
    )
    expect(events).toContainEqual(expect.objectContaining({ type: 'task:log', line: 'it has begun' }))
    worker.stop()
    await running
  })

  test('goes with a later renewal when one fails, with what was told since', async () => {
    const clock = new VirtualClock()
    const client = new NotingClient('locmem://', { clock })
    await using gator = new Gator(client, { clock, lease: LEASE })
    const gate = makeGate('the rest')
    const { taskId } = await gator.task(tellAtGate, 'the rest')
    const popped = gator.pop().catch((error: unknown) => error)
    await gate.reached
    client.failures = 1
    await clock.advance(LEASE / 3)
    expect((await gator.lookUp(taskId))?.log).toEqual([])
    await clock.advance(LEASE / 3)
    expect(client.saves).toBe(2)
    expect((await gator.lookUp(taskId))?.log).toHaveLength(1)
    gate.open()
    expect(await popped).toMatchObject({ code: 'TASK_FAILED' })
  })

  test('is kept as the last 100 lines and 8 KB', async () => {
    const gator = testGator()
    const many = function many(): never {
      for (let line = 1; line <= 150; line += 1) currentTask()?.log(`line ${line}`)
      throw new Error('to be seen')
    }
    const { taskId } = await gator.task(many)
    await drain(gator).catch(() => undefined)
    const { log = [] } = (await gator.lookUp(taskId)) ?? {}
    expect([log.length, log[0]?.line, log.at(-1)?.line]).toEqual([100, 'line 51', 'line 150'])
    const long = function long(): never {
      for (let line = 1; line <= 20; line += 1) currentTask()?.log(String(line).padEnd(5000, '.'))
      throw new Error('to be seen')
    }
    const other = await gator.task(long)
    await drain(gator).catch(() => undefined)
    const { log: few = [] } = (await gator.lookUp(other.taskId)) ?? {}
    expect([few.length, few.at(-1)?.line.length]).toEqual([8, 1000])
  })

  test('costs nothing where nothing is told, and must be a fraction', async () => {
    const client = new NotingClient('locmem://')
    await using gator = new Gator(client)
    await gator.task(giveBack, 'text')
    await gator.pop()
    expect([client.saves, client.reads]).toEqual([0, 0])
    const inline = await gator.options({ isAsync: false }).task(giveBack, 'text')
    expect(() => inline.progress(2)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
    inline.progress(1)
    inline.log('nobody listens')
  })
})

describe('a step', () => {
  test('that was kept is not made again by the next try, which gets what it gave', async () => {
    const gator = testGator()
    const task = await gator.options({ retries: 2, keepResult: '1h' }).task(orderInSteps, 'one')
    await drain(gator)
    await gator.clock.advance('1h')
    await drain(gator)
    expect(steps).toEqual(['charge one', 'nothing one', 'send one'])
    expect(await task.finished()).toBe('charge of one is sent')
  })

  test('is kept through a lapse, a death and a kick, and gone with its task', async () => {
    const gator = testGator({ lease: LEASE })
    const { taskId } = await gator.task(orderInSteps, 'two')
    await drain(gator).catch(() => undefined)
    expect(await gator.lookUp(taskId)).toMatchObject({ state: 'dead', steps: ['charge'] })
    await gator.backend.deadLetters?.kick('all')
    await drain(gator).catch(() => undefined)
    expect(steps).toEqual(['charge two'])
    await gator.cancel(taskId)
    await gator.options({ taskId, retries: 1 }).task(orderInSteps, 'three')
    await drain(gator)
    expect(steps).toEqual(['charge two', 'charge three'])
  })

  test('that asks for a pause loses nothing', async () => {
    const gator = testGator()
    const task = await gator.options({ keepResult: '1h' }).task(snoozeInStep)
    await drain(gator)
    await gator.clock.advance(60)
    await drain(gator)
    expect(steps).toEqual(['first', 'snoozed'])
    expect(await task.finished()).toBe('second after 1')
  })

  test('of a worker that has lost the task is not kept, and the worker is told so', async () => {
    const gator = testGator({ lease: LEASE })
    const made: unknown[] = []
    const slow = async function slow(): Promise<void> {
      const task = currentTask() as Task
      await task
        .step('late', async () => (await gator.cancel(task.taskId))?.taskId)
        .catch((error: unknown) => made.push(error))
    }
    await gator.task(slow)
    await drain(gator).catch(() => undefined)
    await turn()
    expect(made).toEqual([
      expect.objectContaining({ code: expect.stringMatching(/LEASE_LOST|TASK_CANCELED/) }),
    ])
  })

  test('is not begun by a worker that has lost the task while it stood still', async () => {
    const gator = testGator({ lease: LEASE })
    const made: string[] = []
    const slow = async function slow(): Promise<void> {
      const task = currentTask() as Task
      const { backend, clock } = gator
      // As if no timer had fired meanwhile: another worker has made the step, and ended the task.
      clock.now = () => start + 2 * LEASE
      const [other] = await backend.reserve(['all'], { lease: LEASE })
      if (other) await backend.ack([other])
      await task
        .step('once', () => void made.push('made again'))
        .catch((error: Error) => made.push(error.name))
    }
    await gator.task(slow)
    const start = gator.clock.now()
    await drain(gator).catch(() => undefined)
    expect(made).toEqual(['LeaseLostError'])
  })

  test('that would wait for itself is refused, and others may be made within it', async () => {
    const gator = testGator()
    const told: unknown[] = []
    const nested = async function nested(): Promise<void> {
      const task = currentTask() as Task
      const codeOf = (error: { code?: unknown }) => told.push(error.code)
      await task.step('self', () => task.step('self', () => 1)).catch(codeOf)
      const a = task.step('a', async () => {
        await Promise.resolve()
        return task.step('b', () => task.step('a', () => 1))
      })
      await a.catch(codeOf)
      told.push(await task.step('outer', () => task.step('inner', () => 2)))
    }
    await gator.task(nested)
    await drain(gator)
    expect(told).toEqual(['INVALID_OPTION', 'INVALID_OPTION', 2])
  })

  test('must give what can be kept, and have a name; two at once are one', async () => {
    const gator = testGator()
    const errors: unknown[] = []
    const bad = async function bad(): Promise<void> {
      const task = currentTask() as Task
      const note = (error: unknown) => errors.push(error)
      await task.step('date', () => giveBack('date')).catch(note)
      await task.step('much', () => giveBack('much')).catch(note)
      await task.step('', () => 1).catch(note)
      const both = await Promise.all([1, 2].map((n) => task.step('same', async () => n)))
      errors.push(both)
    }
    await gator.task(bad)
    await drain(gator)
    const refused = (what: string) =>
      expect.objectContaining({ code: 'RESULT_NOT_STORABLE', message: expect.stringContaining(what) })
    expect(errors).toEqual([
      refused('.at: a Date'),
      refused('65536'),
      expect.objectContaining({ code: 'INVALID_OPTION' }),
      [1, 1],
    ])
  })

  test('of a task without a queue lasts as long as the task', async () => {
    await using gator = new Gator('locmem://')
    const task = await gator.options({ isAsync: false, retries: 1 }).task(orderInSteps, 'inline')
    expect(task.result).toBe('charge of inline is sent')
    expect(steps).toEqual(['charge inline', 'nothing inline', 'send inline'])
  })

  test('and `keepResult` do not go with what ends the task before it has ended', async () => {
    const gator = testGator()
    const errors: unknown[] = []
    const completing = async function completing(): Promise<void> {
      try {
        await currentTask()?.completeIn({})
      } catch (error) {
        errors.push(error)
      }
    }
    await gator.options({ keepResult: '1h' }).task(completing)
    await drain(gator)
    expect(errors).toEqual([expect.objectContaining({ code: 'INVALID_OPTION' })])
  })
})
