import { type DeathReason, hasCode } from '@alligator/core'
import { type Proxy, type Server, psql, until } from '@alligator/testbed'
import { admin, clientOf, closeAll, pooled, proxyTo, serve } from './shaky.js'

const REASON: DeathReason = { code: 'ERROR', message: 'no', at: 1, worker: 'w', attempt: 1 }

afterEach(closeAll)

/** How many connections listen. */
const LISTENERS = "SELECT count(*)::int AS n FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"

describe('a worker goes on', () => {
  it('when the server was killed and started again, and has lost nothing', async () => {
    const server = await serve()
    const client = clientOf(server.dsn)
    await client.push('all', 'one', 'data')
    const [held] = await client.reserve(['all'], { lease: 30 })
    await client.push('all', 'two', 'data')
    await server.stop('SIGKILL')
    const pushed = client.push('all', 'three', 'data')
    await server.start()
    await pushed
    expect(held && (await client.ack([held]))).toEqual([])
    const taken = await client.reserve(['all'], { lease: 30, limit: 5 })
    expect(taken.map(({ taskId }) => taskId)).toEqual(['two', 'three'])
  })

  it('when its connections are terminated while it waits, and it hears again', async () => {
    const server = await serve()
    const client = clientOf(`${server.dsn}?poll=20s`)
    const db = await admin(server)
    const listens = async () => (await db.query(LISTENERS)).rows[0].n === 1
    const answer = client.reserve(['all'], { lease: 30, wait: 30 })
    await until(listens)
    await db.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'alligator'",
    )
    await until(listens)
    await clientOf(server.dsn).push('all', 'one', 'data')
    expect((await answer).map(({ taskId }) => taskId)).toEqual(['one'])
  })

  it('when a connection goes silent', async () => {
    const server = await serve()
    const { client, proxy } = await proxyTo(server)
    await client.push('all', 'one', 'data')
    proxy.silence()
    const taken = client.reserve(['all'], { lease: 30 })
    await expect(taken).resolves.toHaveLength(1)
  })
})

describe('behind a pooler that lends a connection for each transaction', () => {
  it('everything works, and who waits looks by itself, which is told once', async () => {
    const server = await serve()
    const bouncer = await pooled(server)
    const warned = jest.spyOn(process, 'emitWarning').mockReturnValue(undefined)
    const [client, other] = [clientOf(`${bouncer.dsn}?poll=50ms`), clientOf(bouncer.dsn)]
    const answer = client.reserve(['all'], { lease: 30, wait: 30 })
    await until(() => warned.mock.calls.length > 0)
    for (let at = 0; at < 20; at += 1) await other.push('all', `task ${at}`, 'data')
    const first = await answer
    const rest = await client.reserve(['all'], { lease: 30, limit: 30, wait: 5 })
    expect(first.length + rest.length).toBe(20)
    expect(await client.ack([...first, ...rest])).toEqual([])
    const told = expect.objectContaining({ code: 'ALLIGATOR_POSTGRES_POLL' })
    expect(warned.mock.calls).toEqual([[expect.stringContaining('every 0.05 s'), told]])
    warned.mockRestore()
  })
})

/** Loses the answer to what is asked, once the server has done it. */
async function loseAnswer<T>(
  proxy: Proxy,
  ask: () => Promise<T>,
  isDone: () => Promise<boolean>,
): Promise<T> {
  proxy.swallowAnswers()
  const answer = ask()
  await until(isDone)
  proxy.cut()
  return answer
}

describe('a statement whose answer is lost', () => {
  let server: Server | undefined

  async function hold() {
    server = await serve()
    const way = await proxyTo(server)
    const other = clientOf(server.dsn)
    await way.client.push('all', 'one', 'data')
    const [held] = await way.client.reserve(['all'], { lease: 30 })
    if (!held) throw new Error('a pushed task is handed out')
    const becomes = (counts: object) => async () =>
      Object.entries(counts).every(([state, count]) => Reflect.get(seen, state) === count) ||
      ((seen = await other.counts('all')), false)
    let seen: object = {}
    return { ...way, other, held, becomes }
  }

  it('is repeated: a push writes the task once', async () => {
    const { client, proxy, becomes } = await hold()
    await loseAnswer(proxy, () => client.push('all', 'two', 'data'), becomes({ waiting: 1 }))
    expect(await client.counts('all')).toMatchObject({ waiting: 1, running: 1 })
  })

  it('is repeated: a push writes no task again that has been run and finished since', async () => {
    const { client, proxy, other } = await hold()
    const ends = async () => {
      const taken = await other.reserve(['all'], { lease: 30 })
      await other.ack(taken)
      return taken.length > 0
    }
    await loseAnswer(proxy, () => client.push('all', 'two', 'data'), ends)
    expect(await client.counts('all')).toMatchObject({ waiting: 0, running: 1 })
  })

  it('is repeated: a push with a key is told what stood in its way then, and writes nothing twice', async () => {
    const { client, proxy, other } = await hold()
    const unique = { key: '0123456789abcdef'.repeat(2), until: 'started', onConflict: 'keep' } as const
    const add = async (taskId: string) => client.uniqueness.push('all', [{ taskId, data: 'data', unique }])
    const ends = async () => {
      const taken = await other.reserve(['all'], { lease: 30 })
      await other.ack(taken)
      return taken.length > 0
    }
    expect(await loseAnswer(proxy, () => add('two'), ends)).toEqual([{ taskId: 'two', isDuplicate: false }])
    expect(await client.counts('all')).toMatchObject({ waiting: 0, running: 1 })
    await add('three')
    let isGone = false
    const told = await loseAnswer(
      proxy,
      () => add('four'),
      async () => {
        // Once it has found what is in its way, that goes.
        const marks = await psql(
          server?.dsn ?? '',
          "SELECT count(*) FROM alligator_pushes WHERE placed LIKE '%=%'",
        )
        return marks !== '0' && (isGone ||= await ends())
      },
    )
    expect(told).toEqual([{ taskId: 'three', isDuplicate: true }])
    expect(await client.counts('all')).toMatchObject({ waiting: 0, running: 1 })
  })

  it('is repeated: a push is not refused because its task has been changed since', async () => {
    const { client, proxy, other } = await hold()
    const changes = async () => {
      const [taken] = await other.reserve(['all'], { lease: 30 })
      return taken !== undefined && (await other.release(taken, { data: 'one retry less' }))
    }
    await loseAnswer(proxy, () => client.push('all', 'two', 'data'), changes)
    expect(await client.counts('all')).toMatchObject({ waiting: 1, running: 1 })
  })

  it('is repeated: a reserve gives what the first try took', async () => {
    const { client, proxy, other, becomes } = await hold()
    await other.push('all', 'two', 'data')
    const taken = await loseAnswer(
      proxy,
      () => client.reserve(['all'], { lease: 30 }),
      becomes({ running: 2 }),
    )
    expect(taken.map(({ taskId, deliveries }) => [taskId, deliveries])).toEqual([['two', 1]])
    expect(await client.ack(taken)).toEqual([])
  })

  it('is repeated: an ack that settled a task says so', async () => {
    const { client, proxy, held, becomes } = await hold()
    expect(await loseAnswer(proxy, () => client.ack([held]), becomes({ running: 0 }))).toEqual([])
  })

  it('is repeated: a release and a bury know their first try', async () => {
    const { client, proxy, held, becomes } = await hold()
    expect(await loseAnswer(proxy, () => client.release(held), becomes({ waiting: 1 }))).toBe(true)
    const [again] = await client.reserve(['all'], { lease: 30 })
    if (!again) throw new Error('a released task is handed out')
    expect(await loseAnswer(proxy, () => client.bury(again, REASON), becomes({ dead: 1 }))).toBe(true)
  })
})

it('a table of a newer version is refused, and a password never shown', async () => {
  const server = await serve()
  const client = clientOf(server.dsn)
  await client.push('all', 'one', 'data')
  await (await admin(server)).query("UPDATE public.alligator_meta SET value = '99'")
  const secret = `postgres://postgres:hidden@127.0.0.1:${server.port}/postgres`
  const refused: unknown = await clientOf(secret)
    .counts('all')
    .catch((error: unknown) => error)
  expect(hasCode(refused, 'STORE_UNUSABLE')).toBe(true)
  expect(String(refused)).toContain('version 99')
  expect(String(refused)).not.toContain('hidden')
})
