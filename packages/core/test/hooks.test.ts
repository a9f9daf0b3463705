import { Gator, SUCCESS, Task, Worker, registerTasks, silentLogger } from '../src/index.js'
import { VirtualClock } from '../src/testing.js'

const calls: string[] = []
/** Ends the hooks that hang. */
let release: () => void = () => undefined
let hanging = Promise.resolve()

function ok(): string {
  calls.push('ok')
  return 'fine'
}
function fails(): never {
  calls.push('fails')
  throw new Error('the function fails')
}
async function hangs(): Promise<void> {
  calls.push('hangs')
  await hanging
}
function hookFails(): never {
  throw new Error('the hook fails')
}

beforeAll(() => registerTasks('hooks', { ok, fails, hangs, hookFails }))
beforeEach(() => {
  calls.splice(0)
  hanging = new Promise((resolve) => (release = resolve))
})

/** Waits until a worker has told of something. */
function telling(
  worker: Worker,
  type: 'task:success' | 'task:dead' | 'task:timeout' | 'task:late',
): Promise<void> {
  return new Promise((resolve) => worker.on(type, () => resolve()))
}

test.each([
  ['onStart', ok, 'task:dead', { dead: 1 }, ['hangs']],
  ['onSuccess', ok, 'task:success', { dead: 0 }, ['ok', 'hangs']],
  ['onError', fails, 'task:dead', { dead: 1 }, ['fails', 'hangs']],
] as const)(
  'a hook that does not end keeps neither its slot nor its lease beyond the timeout: %s',
  async (hook, func, type, counts, expected) => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    const clock = new VirtualClock()
    await using gator = new Gator('locmem://', { clock })
    const worker = new Worker(gator, { concurrency: 1, logger: silentLogger() })
    const [settled, late] = [telling(worker, type), telling(worker, 'task:late')]
    const overran = telling(worker, 'task:timeout')
    const running = worker.runForever()
    await gator.options({ timeout: 5, [hook]: hangs }).task(func)
    while (!calls.includes('hangs')) await new Promise((resolve) => setImmediate(resolve))
    await clock.advance(5)
    await settled
    await overran
    const next = telling(worker, 'task:success')
    await gator.task(ok)
    await next
    expect(calls).toEqual([...expected, 'ok'])
    expect(await gator.backend.counts('all')).toMatchObject({ running: 0, ...counts })
    release()
    await late
    worker.stop()
    await running
    const warnings = warn.mock.calls.map(([text]) => String(text)).join()
    warn.mockRestore()
    // An onStart that does not end fails the try, and needs no warning.
    const told = warnings.includes(`The hook ${hook} of ${func.name} ran longer than its timeout of 5 s`)
    expect(told).toBe(hook !== 'onStart')
  },
)

describe('with isAsync: false the caller waits, and is told what a hook throws', () => {
  test('a failing onSuccess, after which the function does not run again', async () => {
    await using gator = new Gator('locmem://')
    const task = new Task({ isAsync: false, retries: 3, onSuccess: hookFails })
    await expect(gator.push(task, ok)).rejects.toThrow('the hook fails')
    expect(task).toMatchObject({ status: SUCCESS, result: 'fine' })
    expect(calls).toEqual(['ok'])
  })

  test('a failing onStart, which has failed the try', async () => {
    await using gator = new Gator('locmem://')
    const options = { isAsync: false, retries: 1, onStart: hookFails }
    await expect(gator.options(options).task(ok)).rejects.toThrow('the hook fails')
    expect(calls).toEqual([])
  })

  test('a failing onError, with what it was told of as the cause', async () => {
    await using gator = new Gator('locmem://')
    const options = { isAsync: false, onError: hookFails }
    await expect(gator.options(options).task(fails)).rejects.toMatchObject({
      message: 'the hook fails',
      cause: { message: 'the function fails' },
    })
  })
})

test('isAsync survives the way to the queue and back', async () => {
  const task = new Task({ isAsync: false }).toCall(ok)
  expect((await Task.deserialize(await task.serialize())).isAsync).toBe(false)
  expect((await Task.deserialize(await new Task().toCall(ok).serialize())).isAsync).toBe(true)
})

test('a worker runs such a task as any other, and what its hook throws is a warning', async () => {
  const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
  await using gator = new Gator('locmem://')
  const task = new Task({ taskId: 'x', isAsync: false, retries: 2, onSuccess: hookFails }).toCall(ok)
  await gator.backend.push('all', 'x', await task.serialize())
  expect(await gator.pop()).toMatchObject({ status: SUCCESS, isAsync: false })
  expect(warn).toHaveBeenCalledWith(expect.stringContaining('the hook fails'), expect.anything())
  warn.mockRestore()
  expect(calls).toEqual(['ok'])
})
