import { Proxy, type Server, psql, startPgBouncer, startPostgres, until } from '@alligator/testbed'

const COUNT = 'SELECT count(*) FROM seen'
const BUSY =
  "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%generate_series(1%'" +
  ' AND pid <> pg_backend_pid()'

let server: Server

beforeAll(async () => {
  server = await startPostgres({ max_connections: '20' })
})
afterAll(() => server.close())

it('answers, with the settings that it was given, as two servers at once', async () => {
  await using other = await startPostgres()
  expect(other.port).not.toBe(server.port)
  const ask = (dsn: string) => psql(dsn, 'SHOW max_connections')
  expect(await Promise.all([ask(server.dsn), ask(other.dsn)])).toEqual(['20', '100'])
})

describe('keeps its port and its data', () => {
  it.each(['SIGINT', 'SIGQUIT', 'SIGKILL'] as const)('through %s', async (signal) => {
    await psql(server.dsn, 'CREATE TABLE IF NOT EXISTS seen (at text)')
    const before = Number(await psql(server.dsn, COUNT))
    const { port } = server
    const busy = psql(server.dsn, 'SELECT sum(random()) FROM generate_series(1, 5000000)')
    const ended = Promise.allSettled([busy])
    await until(async () => (await psql(server.dsn, BUSY)) === '1')
    await psql(server.dsn, "INSERT INTO seen VALUES ('now')")
    // The query that was under way when the server was killed goes on for a moment, in a process of its own.
    await server.restart(signal)
    expect(server.port).toBe(port)
    expect(Number(await psql(server.dsn, COUNT))).toBe(before + 1)
    await ended
  })
})

it('is reached through a proxy, and through PgBouncer', async () => {
  await using proxy = await Proxy.to(server.port)
  await using bouncer = await startPgBouncer(server)
  const backend = 'SELECT pg_backend_pid()'
  expect(await psql(server.dsnVia(proxy), backend)).toMatch(/^\d+$/)
  // It lends the second what the first has given back.
  expect(await psql(bouncer.dsn, backend)).toBe(await psql(bouncer.dsn, backend))
})

it('says why it does not start', async () => {
  await expect(startPostgres({ shared_buffers: 'much' })).rejects.toThrow(
    /postgresql is not ready .*invalid value for parameter "shared_buffers"/,
  )
})
