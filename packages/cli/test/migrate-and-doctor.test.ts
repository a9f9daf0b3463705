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

test('migrate makes the tables of a file', async () => {
  await using app = new StoreApp(STORES.sqlite)
  expect(await app.text('migrate')).toBe('The tables were made: version 1.\n')
  expect(await app.json('doctor')).toMatchObject({
    findings: [
      { check: 'journal', isWell: true, found: 'the mode is wal' },
      { check: 'log', isWell: true },
    ],
  })
})

test('doctor says what is wrong with a server and what to do, and ends with 1', async () => {
  await using app = new StoreApp(STORES.redis)
  expect(await app.run('doctor')).toEqual({
    code: 1,
    stdout: [
      'ok   eviction       no queue is dropped when the memory is full',
      'bad  persistence    there is no log of what is written: appendonly is no',
      '                    When the server ends, what came since its last snapshot is lost: set appendonly to yes, unless that may be.',
      '',
    ].join('\n'),
    stderr: '',
  })
})

test('doctor looks at the tables and the server of PostgreSQL', async () => {
  await using app = new StoreApp(STORES.postgres)
  expect(await app.json('doctor')).toMatchObject({
    // It makes none.
    findings: [{ check: 'tables', isWell: true }, { check: 'old snapshots' }, { check: 'durability' }, {}],
  })
  await app.text('migrate')
  const { findings } = await app.json<{ findings: { check: string; isWell: boolean }[] }>('doctor')
  expect(findings.map(({ check }) => check)).toEqual([
    ...['tables', 'indexes', 'dead rows', 'old snapshots', 'durability', 'clocks'],
  ])
  // Servers of tests do not wait for the disk.
  expect(findings.filter(({ isWell }) => !isWell)).toMatchObject([{ check: 'durability' }])
})

test('a store without tables has nothing to migrate', async () => {
  await using app = new StoreApp(STORES.redis)
  expect((await app.run('migrate')).stderr).toContain(
    'RedisClient cannot do alligator migrate: it has no "migrations". Use a store that has it: SQLite, PostgreSQL.',
  )
})
