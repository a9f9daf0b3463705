import { DELAYED, FAILED, Gator, RETRYING, SUCCESS, Task, need } from '../src/index.js'
import { VirtualClock } from '../src/testing.js'
import { listed } from './listed.js'
import { add, alwaysFail, calls, failFirst, failInHook, grantOneMore } from './tasks.js'

beforeEach(() => calls.splice(0))

describe('failures', () => {
  test('a failed task with retries left comes back after its pause, with one retry fewer', async () => {
    const clock = new VirtualClock()
    await using gator = new Gator('locmem://', { clock })
    await gator.options({ retries: 1, backoff: '10s' }).task(failFirst, 'a')
    expect(await gator.pop()).toMatchObject({ status: RETRYING, retries: 0, attempt: 2 })
    expect(await gator.pop()).toBeUndefined()
    await clock.advance('10s')
    expect(await gator.pop()).toMatchObject({ status: SUCCESS, result: 'a on try 2' })
  })

  test('without retries it becomes a dead letter with its error, when and where, and pop throws TaskFailed', async () => {
    const clock = new VirtualClock()
    await using gator = new Gator('locmem://', { clock })
    const { taskId } = await gator.task(alwaysFail, 'boom')
    await expect(gator.pop()).rejects.toMatchObject({
      code: 'TASK_FAILED',
      taskId,
      cause: { message: 'boom' },
    })
    expect(await gator.len()).toBe(0)
    const tasks = await listed(gator, 'dead')
    expect(tasks).toMatchObject([
      { taskId, state: 'dead', reason: { code: 'ERROR', message: 'boom', at: clock.now(), attempt: 1 } },
    ])
    expect(tasks[0]?.reason?.worker).toContain(String(process.pid))
    expect(tasks[0]?.reason?.stack).toContain('alwaysFail')
    expect(await gator.backend.deadLetters?.kick('all')).toBe(1)
    await expect(gator.pop()).rejects.toMatchObject({ code: 'TASK_FAILED' })
  })

  test('onError can grant one more try', async () => {
    await using gator = new Gator('locmem://')
    await gator.options({ onError: grantOneMore, backoff: 0 }).task(alwaysFail, 'x')
    expect((await gator.pop())?.status).toBe(RETRYING)
    expect((await gator.pop())?.status).toBe(RETRYING)
    await expect(gator.pop()).rejects.toMatchObject({ code: 'TASK_FAILED' })
    expect(calls).toHaveLength(3)
  })

  test('a hook that fails after the function has succeeded does not run the function again', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    await using gator = new Gator('locmem://')
    await gator.options({ retries: 3, onSuccess: failInHook }).task(add, 1, 2)
    expect((await gator.pop())?.status).toBe(SUCCESS)
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('the hook fails'), expect.anything())
    warn.mockRestore()
    expect(await gator.len()).toBe(0)
  })

  test('an onStart that fails fails the try', async () => {
    await using gator = new Gator('locmem://')
    await gator.options({ onStart: failInHook }).task(add, 1, 2)
    await expect(gator.pop()).rejects.toMatchObject({
      code: 'TASK_FAILED',
      cause: { message: 'the hook fails' },
    })
    expect(calls).toEqual([])
  })

  test('execute puts a task in hand that failed with retries left on the queue', async () => {
    await using gator = new Gator('locmem://')
    const task = new Task<string>({ retries: 1, backoff: 0 }).toCall(failFirst, 'b')
    expect((await gator.execute(task)).status).toBe(RETRYING)
    expect((await gator.pop())?.result).toBe('b on try 2')
  })

  test('a task with too many unsettled deliveries is buried unrun', async () => {
    const clock = new VirtualClock()
    await using gator = new Gator('locmem://', { clock, maxDeliveries: 2 })
    await gator.task(add, 1, 2)
    for (let time = 0; time < 2; time += 1) {
      expect(await gator.backend.reserve(['all'], { lease: 10 })).toHaveLength(1)
      await clock.advance('11s')
    }
    await expect(gator.pop()).rejects.toMatchObject({ code: 'TOO_MANY_DELIVERIES' })
    expect(calls).toEqual([])
    expect((await gator.backend.counts('all')).dead).toBe(1)
  })

  test('a timeout aborts the signal and fails the try', async () => {
    const clock = new VirtualClock()
    await using gator = new Gator('locmem://', { clock })
    const { untilAborted } = await import('./tasks.js')
    await gator.options({ timeout: '5s' }).task(untilAborted)
    const popped = gator.pop()
    const failure = popped.catch((error: unknown) => error)
    while (calls.length === 0) await new Promise((resolve) => setImmediate(resolve))
    await clock.advance('5s')
    expect(await failure).toMatchObject({ cause: { code: 'TASK_TIMEOUT' } })
    expect(calls).toEqual(['untilAborted starts', 'aborted: TASK_TIMEOUT'])
  })
})

describe('payloads that cannot run here', () => {
  test('one that is no task is buried with the reason', async () => {
    await using gator = new Gator('locmem://')
    await gator.backend.push('all', 'bad', '{"hello":"world"}')
    await expect(gator.pop()).rejects.toMatchObject({ code: 'INVALID_PAYLOAD' })
    const tasks = await listed(gator, 'dead')
    expect(tasks[0]).toMatchObject({
      taskId: 'bad',
      data: '{"hello":"world"}',
      reason: { code: 'INVALID_PAYLOAD' },
    })
  })

  test('one whose function is unknown goes back uncharged, and is a dead letter when its time is over', async () => {
    const clock = new VirtualClock()
    await using gator = new Gator('locmem://', { clock, unknownTaskTtl: '10m' })
    const payload = {
      task_id: 'new',
      retries: 2,
      is_async: true,
      module: 'no/such/module',
      callable: 'f',
      args: [],
    }
    await gator.backend.push('all', 'new', JSON.stringify(payload))
    await expect(gator.pop()).rejects.toMatchObject({ code: 'UNKNOWN_MODULE' })
    expect(await gator.len()).toBe(1)
    await clock.advance('1s')
    await expect(gator.pop()).rejects.toMatchObject({ code: 'UNKNOWN_MODULE' })
    const [stored] = await listed(gator, 'delayed')
    expect(JSON.parse(String(stored?.data))).toMatchObject({ ...payload, unknown_since: clock.now() - 1 })
    await clock.advance('10m')
    await expect(gator.pop()).rejects.toMatchObject({ code: 'UNKNOWN_MODULE' })
    expect(await gator.backend.counts('all')).toEqual({ waiting: 0, delayed: 0, running: 0, dead: 1 })
  })
})

describe('dependsOn', () => {
  test('waits for the tasks it names, uncharged, where the store parks nobody', async () => {
    const clock = new VirtualClock()
    await using gator = new Gator('locmem://', { clock })
    Object.assign(gator.backend, { dependents: undefined })
    const first = await gator.options({ delayBy: 5 }).task(add, 1, 1)
    await gator.options({ dependsOn: first }).task(add, 2, 2)
    expect((await gator.pop())?.status).toBe(DELAYED)
    await clock.advance(5)
    const popped = [await gator.pop(), await gator.pop()]
    expect(new Set(popped.map((task) => task?.status))).toEqual(new Set([SUCCESS, DELAYED]))
    await clock.advance(1)
    expect((await gator.pop())?.result).toBe(4)
    expect(calls).toEqual(['add 1 1', 'add 2 2'])
  })

  test('a store that fails while it is asked leaves the task on the queue', async () => {
    const clock = new VirtualClock()
    await using gator = new Gator('locmem://', { clock })
    const first = await gator.task(add, 1, 1)
    await gator.options({ dependsOn: first }).task(add, 2, 2)
    await gator.pop()
    jest.spyOn(need(gator.backend, 'listing', 'this test'), 'find').mockRejectedValueOnce(new Error('gone'))
    await expect(gator.pop()).rejects.toThrow('gone')
    await clock.advance('30s')
    expect((await gator.pop())?.result).toBe(4)
  })

  test('is a dead letter when what it depends on is one', async () => {
    await using gator = new Gator('locmem://')
    const first = await gator.task(alwaysFail, 'boom')
    await gator.options({ dependsOn: [first.taskId] }).task(add, 2, 2)
    await expect(gator.pop()).rejects.toMatchObject({ code: 'TASK_FAILED' })
    await expect(gator.pop()).rejects.toMatchObject({ cause: { code: 'DEPENDENCY_FAILED' } })
    expect(calls).toEqual(['alwaysFail boom'])
  })

  test('may name a task that has ended by then, if it is known to have been pushed', async () => {
    await using gator = new Gator('locmem://')
    const first = await gator.task(add, 1, 1)
    await gator.pop()
    await gator.options({ dependsOn: first }).task(add, 2, 2)
    const here = await gator.options({ isAsync: false }).task(add, 3, 3)
    await gator.options({ dependsOn: [here] }).task(add, 4, 4)
    expect([(await gator.pop())?.result, (await gator.pop())?.result]).toEqual([4, 8])
  })

  test('may name ids of the same batch, in any order', async () => {
    await using gator = new Gator('locmem://')
    const tasks = [
      new Task({ dependsOn: 'a' }).toCall(add, 2, 2),
      new Task({ taskId: 'a' }).toCall(add, 1, 1),
    ]
    expect(await gator.pushMany(tasks)).toHaveLength(2)
  })

  test('refuses an id that is not on the queue: nobody could tell whether it is done', async () => {
    await using gator = new Gator('locmem://')
    await using payments = new Gator(gator.backend, { queueName: 'payments' })
    const paid = await payments.task(add, 1, 1)
    const unknown = { code: 'UNKNOWN_DEPENDENCY' }
    for (const dependsOn of ['charge-1', paid.taskId, new Task({ taskId: 'later' })])
      await expect(gator.options({ dependsOn }).task(add, 2, 2)).rejects.toMatchObject(unknown)
    const elsewhere = { code: 'INVALID_OPTION', message: expect.stringContaining('is on queue "payments"') }
    await expect(gator.options({ dependsOn: paid }).task(add, 2, 2)).rejects.toMatchObject(elsewhere)
    expect(await gator.len()).toBe(0)
  })

  test('refuses what has failed or was canceled', async () => {
    await using gator = new Gator('locmem://')
    const { taskId } = await gator.task(add, 1, 1)
    const canceled = await gator.cancel(taskId)
    const failed = new Task({ isAsync: false })
    await gator.push(failed, alwaysFail, 'x').catch(() => failed.toFailed())
    for (const dependsOn of [canceled ?? '', failed, taskId])
      await expect(gator.options({ dependsOn }).task(add, 2, 2)).rejects.toMatchObject({
        code: 'DEPENDENCY_FAILED',
      })
  })

  test('never takes what was canceled, before or after its push, for done', async () => {
    await using gator = new Gator('locmem://')
    const [early, late] = await gator.taskMany(add, [
      [1, 1],
      [3, 3],
    ])
    await gator.options({ dependsOn: late ?? '' }).task(add, 2, 2)
    for (const task of [early, late]) await gator.cancel(task?.taskId ?? '')
    await gator.options({ dependsOn: early ?? '' }).task(add, 4, 4)
    const failed = { cause: { code: 'DEPENDENCY_FAILED', dependency: late?.taskId } }
    await expect(gator.pop()).rejects.toMatchObject(failed)
    await expect(gator.pop()).rejects.toMatchObject({ cause: { code: 'DEPENDENCY_FAILED' } })
    expect(calls).toEqual([])
  })

  test('may be retried once what was canceled has been pushed again, and is done', async () => {
    await using gator = new Gator('locmem://')
    const first = await gator.push(new Task({ taskId: 'first' }), add, 1, 1)
    await gator.options({ dependsOn: first }).task(add, 2, 2)
    await gator.cancel('first')
    await expect(gator.pop()).rejects.toThrow('Push that one again')
    await gator.push(first, add, 1, 1)
    await need(gator.backend, 'deadLetters', 'this test').kick('all')
    expect([(await gator.pop())?.result, (await gator.pop())?.result]).toEqual([2, 4])
  })

  test('refuses itself, and tasks that wait for one another', async () => {
    await using gator = new Gator('locmem://')
    expect(() => new Task({ taskId: 'me', dependsOn: 'me' })).toThrow('the task itself')
    const circle = [['a', 'c'], ['b', 'a'], ['c', 'b']] // prettier-ignore
    const tasks = circle.map(([taskId, dependsOn]) => new Task({ taskId, dependsOn }).toCall(add, 1, 1))
    await expect(gator.pushMany(tasks)).rejects.toThrow('It waits for tasks that wait for it')
    expect(await gator.len()).toBe(0)
  })
})

test('a task that fails ends as FAILED in its own eyes', async () => {
  const task = new Task().toCall(alwaysFail, 'x')
  await expect(task.run()).rejects.toThrow('x')
  expect(task.status).toBe(FAILED)
})
