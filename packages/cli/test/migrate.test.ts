import { STORES, StoreApp, startStores, stopStores } from './store-app.js'

beforeAll(startStores)
afterAll(stopStores)

test('migrate makes the tables once, and then says that they are there', async () => {
  await using app = new StoreApp(STORES.postgres)
  expect(await app.text('migrate')).toBe('The tables were made: version 1.\n')
  expect(await app.text('migrate')).toBe('The tables are there already: version 1.\n')
  expect(await app.json('migrate')).toEqual({ version: 1, created: false })
})

test('migrate --sql prints what makes them, and connects to nothing', async () => {
  await using app = new StoreApp(() => 'postgres://127.0.0.1:1/nowhere?prefix=shop')
  expect(await app.text('migrate', '--sql')).toContain('CREATE TABLE "public"."shop_tasks"')
})

test('a store without tables has nothing to migrate', async () => {
  await using app = new StoreApp(STORES.redis)
  expect((await app.run('migrate')).stderr).toContain(
    'RedisClient cannot do alligator migrate: it has no "migrations". Use a store that has it: PostgreSQL.',
  )
})
