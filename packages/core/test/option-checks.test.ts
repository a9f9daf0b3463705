import {
  AlligatorError,
  AlligatorException,
  Gator,
  type GatorOptions,
  type LocmemClient,
  Options,
  Task,
  type TaskOptions,
  Worker,
  type WorkerOptions,
  cancelTask,
  registerTasks,
} from '../src/index.js'
import { listed } from './listed.js'

const gator = new Gator('locmem://')
const ran: unknown[] = []
function note(...args: unknown[]): void {
  ran.push(args)
}
function grantNonsense(task: Task): void {
  task.retries = Number.NaN
}
function fails(): never {
  throw new Error('the reason')
}
registerTasks('options', { note, grantNonsense, fails })
beforeEach(() => ran.splice(0))

const REFUSED = expect.objectContaining({ code: 'INVALID_OPTION' })
/** What is no number of anything. */
const NONE = [Number.NaN, Number.POSITIVE_INFINITY, -1, '3', null, {}, true, 2n]
const COUNTS = [...NONE, 1.5]
/** Text with a unit is a length of time. */
const TIMES = [...NONE, '5', '-1s', [1]]

const as = <T>(options: object): T => options as T

test.each([
  ['Gator', 'maxDeliveries', [...COUNTS, 0]],
  ['Gator', 'maxPayload', [...COUNTS, 0]],
  ['Gator', 'lease', [...TIMES, 0]],
  ['Gator', 'unknownTaskTtl', TIMES],
  ['Worker', 'maxTasks', COUNTS],
  ['Worker', 'maxMemory', COUNTS],
  ['Worker', 'concurrency', [...COUNTS, 0]],
  ['Worker', 'lease', [...TIMES, 0]],
  ['Worker', 'napTime', TIMES],
  ['Worker', 'maxBlocked', TIMES],
  ['Worker', 'shutdownTimeout', TIMES],
  ['Task', 'retries', COUNTS],
  ['Task', 'timeout', [...TIMES, 0, '0s']],
  ['Task', 'delayBy', TIMES],
  ['Task', 'delayUntil', [Number.NaN, Number.POSITIVE_INFINITY, -1, '3', null, {}, 1e12, new Date('x')]],
  ['Task', 'backoff', [Number.NaN, -1, 'x', null, [], [1, -1], [1, 'x'], Array(1001).fill(1), { factor: 0 }, { initial: -1 }, { max: 'x' }, { factor: Number.POSITIVE_INFINITY }, { jitter: 1 }]], // prettier-ignore
  ['Task', 'dependsOn', [null, 1, [''], ['x'.repeat(256)], [undefined], Array(1001).fill('x'), {}]],
  ['Task', 'taskId', [null, 1, '', 'x'.repeat(256)]],
] as const)('%s refuses %s when it is given, if it is no such thing', (name, option, values) => {
  for (const value of values) {
    const options = { [option]: value }
    const made = {
      Gator: () => new Gator('locmem://', as<GatorOptions>(options)),
      Worker: () => new Worker(gator, as<WorkerOptions>(options)),
      Task: () => new Task(as<TaskOptions>(options)),
    }
    // null is as if a gator's or a worker's were not given.
    if (value === null && name !== 'Task') continue
    expect(made[name]).toThrow(REFUSED)
    if (name !== 'Task') continue
    expect(() => new Options(gator, as<TaskOptions>(options))).toThrow(REFUSED)
    expect(() => gator.options(as<TaskOptions>(options))).toThrow(REFUSED)
  }
})

test('weights of queues are numbers too', () => {
  for (const weight of [...COUNTS, 0])
    expect(() => new Worker(gator, { toConsume: { a: weight as number } })).toThrow(REFUSED)
})

test('a delay that was set by hand is checked when the task is pushed', async () => {
  const task = new Task()
  task.delayUntil = Number.NaN
  await expect(gator.push(task, note)).rejects.toEqual(REFUSED)
  task.delayUntil = undefined
  task.delayBy = Number.NaN
  await expect(gator.push(task, note)).rejects.toEqual(REFUSED)
})

test('a number of retries that a hook wrote and nothing can be is told, and the task is a dead letter', async () => {
  await using own = new Gator('locmem://')
  await own.options({ retries: 3, onError: grantNonsense }).task(fails)
  await own.pop().catch(() => undefined)
  const [dead] = await listed(own, 'dead')
  expect(dead?.reason).toMatchObject({ code: 'INVALID_OPTION', message: expect.stringContaining('NaN') })
  expect(dead?.reason?.message).toContain('(cause: the reason)')
})

test('-0 is refused, which JSON would change', async () => {
  for (const args of [[-0], [{ a: [1, -0] }]])
    await expect(gator.task(note, ...args)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  await expect(gator.task(note, 0)).resolves.toBeInstanceOf(Task)
})

test.each([[undefined], [null], [''], [5], [['x']], [{}], ['x'.repeat(256)]])(
  'what is no id is refused wherever an id is taken, and runs nothing: %p',
  async (id) => {
    await using own = new Gator('locmem://')
    await own.task(note, 'ann')
    const taskId = id as string
    const backend = own.backend as LocmemClient
    const looks = [
      () => own.get(taskId),
      () => own.cancel(taskId),
      () => cancelTask(backend, 'all', taskId, 'a test'),
      () => backend.get('all', taskId),
    ]
    for (const look of looks) await expect((async () => look())()).rejects.toEqual(REFUSED)
    expect(ran).toEqual([])
    expect(await own.len()).toBe(1)
  },
)

test('the seeds called every error an AlligatorException', () => {
  expect(AlligatorException).toBe(AlligatorError)
})
