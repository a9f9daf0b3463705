import { CANCELED, Gator, type Task, WAITING } from '../src/index.js'
import { TemporaryApp } from './temporary-app.js'

let app: TemporaryApp
beforeEach(() => (app = new TemporaryApp()))
afterEach(() => {
  app.remove()
  delete (globalThis as { migrated?: number }).migrated
})

const MIGRATION = 'globalThis.migrated = (globalThis.migrated ?? 0) + 1; exports.done = () => "done"'

function payload(facts: object): string {
  const ref = { module: 'scripts/migrate', callable: 'done' }
  return JSON.stringify({ task_id: 'x', retries: 2, is_async: true, ...ref, args: [1], ...facts })
}

/** A gator that finds on its queue what somebody else wrote there. */
async function findsThere(facts: object): Promise<Gator> {
  app.write('scripts/migrate.js', MIGRATION)
  const gator = new Gator('locmem://', { root: app.root })
  await gator.backend.push('all', 'x', payload(facts))
  return gator
}

test.each([
  ['a function', {}],
  ['a function that is not there', { callable: 'nothing' }],
  ['a hook', { options: { on_error: { module: 'scripts/migrate', callable: 'done' } } }],
])('to cancel a task imports nothing that its payload names: %s', async (_, facts) => {
  await using gator = await findsThere(facts)
  const task = await gator.cancel('x')
  expect(task).toMatchObject({ taskId: 'x', status: CANCELED, retries: 2, funcArgs: [1], wasRunning: false })
  expect(globalThis).not.toHaveProperty('migrated')
})

test('a task that is looked at names its function, which is imported only when it is called', async () => {
  await using gator = await findsThere({})
  const task = await gator.peek(payload({}))
  expect(gator.context.refs.find(task.func as () => void)).toEqual({
    module: 'scripts/migrate',
    callable: 'done',
  })
  expect([task.func?.name, task.queue]).toEqual(['done', 'all'])
  expect(JSON.parse(String(await task.serialize()))).toMatchObject({ module: 'scripts/migrate', args: [1] })
  expect(globalThis).not.toHaveProperty('migrated')
  expect(await task.run()).toBe('done')
  expect(globalThis).toHaveProperty('migrated', 1)
})

test('what is looked at has the very function that this process knows', async () => {
  await using gator = await findsThere({})
  const { func } = await gator.read(payload({}))
  expect((await gator.peek(payload({}))).func).toBe(func)
})

test('what must not run cannot be run by way of a look at it', async () => {
  await using gator = await findsThere({})
  const task = await gator.peek(payload({ module: 'node:fs', callable: 'readdirSync' }))
  await expect(task.run()).rejects.toMatchObject({ code: 'FORBIDDEN_REFERENCE' })
})

test('a canceled task that is pushed again waits again, also where its function is not known', async () => {
  await using gator = await findsThere({})
  const canceled = (await gator.cancel('x')) as Task
  const [task] = await gator.pushMany([canceled])
  expect(task).toMatchObject({ status: WAITING, wasRunning: false })
  expect(globalThis).not.toHaveProperty('migrated')
  expect(await gator.get('x')).toMatchObject({ result: 'done' })
})
