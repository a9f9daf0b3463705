import { FunctionRefs, Gator, Worker, registerTasks, silentLogger } from '../src/index.js'
import { calls, greet } from './testing-tasks.js'

// As Bun and `node --permission` have it.
const { getBuiltinModule } = process
beforeAll(() => {
  process.getBuiltinModule = ((name: string) => {
    if (name === 'node:inspector') throw new Error('not here')
    return getBuiltinModule(name)
  }) as typeof getBuiltinModule
})
afterAll(() => (process.getBuiltinModule = getBuiltinModule))

const payload = (taskId: string, module: string) =>
  JSON.stringify({ task_id: taskId, retries: 1, is_async: true, module, callable: 'greet', args: [taskId] })

test('a worker without an inspector says so, runs what is registered and puts the rest back', async () => {
  registerTasks('greetings', { greet })
  await using gator = new Gator('locmem://')
  await gator.backend.push('all', 'good', payload('good', 'packages/core/test/never-loaded'))
  await gator.backend.push('all', 'named', payload('named', 'greetings'))
  const lines: string[] = []
  const warn = (line: string) => void lines.push(line)
  const worker = new Worker(gator, { burst: true, logger: { ...silentLogger(), warn } })
  await worker.runForever()
  expect(calls).toEqual(['greet named'])
  expect(await gator.backend.counts('all')).toEqual({ waiting: 0, delayed: 1, running: 0, dead: 0 })
  expect(lines).toEqual([
    expect.stringMatching(/consumes "all" .*has no inspector: it runs what registerTasks has named/),
    expect.stringMatching(/^task good cannot run here: .*"greet".* is not registered.*no attempt charged$/),
  ])
})

test('a producer without one is told, and enqueues what is registered', async () => {
  await using gator = new Gator('locmem://')
  await expect(gator.task(calls.push as never)).rejects.toThrow(
    /this process has no inspector.*registerTasks/,
  )
  expect(new FunctionRefs().find(greet)).toEqual({ module: 'greetings', callable: 'greet' })
})
