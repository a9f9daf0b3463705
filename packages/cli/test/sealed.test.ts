import { Gator } from '@alligator/core'
import '../../sqlite/src/index.js'
import { STORES, StoreApp } from './store-app.js'

const SECRET = 'a secret of these tests '.repeat(2)

/** An app whose store holds one task of its `tasks.js`. */
async function appWith(encrypt: boolean): Promise<StoreApp> {
  const app = new StoreApp(STORES.sqlite)
  await using gator = new Gator(app.dsn, { secret: SECRET, encrypt })
  const task = { task_id: 'one', retries: 0, is_async: true, module: 'tasks', callable: 'quick', args: ['a'] }
  await gator.backend.push('all', 'one', gator.seal(JSON.stringify(task)))
  return app
}

const keyed = { ALLIGATOR_SECRET: SECRET }
const command = async (app: StoreApp, args: readonly string[], env = {}) => {
  const done = app.node([app.bin('alligator'), ...args], { env: { ALLIGATOR_CONN: app.dsn, ...env } })
  return `${String(await done.ends())} ${done.stdout}${done.stderr}`
}

test('signed tasks are shown to everybody, encrypted ones to those who have the secret', async () => {
  await using signed = await appWith(false)
  await using encrypted = await appWith(true)
  expect(await command(signed, ['list', '--json'])).toMatch(/^0 .*"name":"tasks#quick","args":\["a"\]/)
  expect(await command(encrypted, ['list', '--json'])).toMatch(
    /^0 .*"name":null.*"unreadable":"[^"]*encrypted/,
  )
  expect(await command(encrypted, ['list', '--json'], keyed)).toMatch(
    /^0 .*"name":"tasks#quick","args":\["a"\]/,
  )
})

test('check tells what a worker with the same settings would not run', async () => {
  await using app = await appWith(true)
  expect(await command(app, ['check'])).toMatch(/^1 .*sealed.*ALLIGATOR_SECRET/)
  expect(await command(app, ['check'], keyed)).toMatch(/^0 All is well/)
  expect(await command(app, ['check'], { ALLIGATOR_SECRET: SECRET.replace('a', 'b') })).toMatch(
    /^1 .*does not have the secret/,
  )
})

test('what the command line enqueues is sealed with the secret, and runs', async () => {
  await using app = await appWith(true)
  expect(await command(app, ['enqueue', 'tasks#quick', '["b"]'], keyed)).toMatch(/^0 /)
  expect(await command(app, ['enqueue', 'tasks#quick', '["c"]'])).toMatch(/^0 /)
  expect(await command(app, ['worker', '--burst'], keyed)).toMatch(/^0 /)
  expect(app.ran().sort()).toEqual(['a, try 1', 'b, try 1'])
  expect(await command(app, ['dead', '--json'], keyed)).toContain('UNSIGNED_PAYLOAD')
})
