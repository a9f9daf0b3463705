import { join } from 'node:path'
import {
  Gator,
  LocmemClient,
  PayloadTooLargeError,
  type Schedules,
  StoreUnavailableError,
  Worker,
  silentLogger,
} from '@alligator/core'
import { turn } from '@alligator/core/backend'
import { VirtualClock } from '@alligator/core/testing'
import { type Server, startBeanstalk } from '@alligator/testbed'
import { BeanstalkClient } from '../src/index.js'
import { done, note } from './tasks.js'

let server: Server
const root = join(__dirname, '..')

beforeAll(async () => {
  server = await startBeanstalk()
})
beforeEach(() => (done.length = 0))
afterAll(() => server.close())

/** A client that fails to push, or whose process dies about a push. */
class FaultyClient extends BeanstalkClient {
  fate: Error | string | undefined
  pushes = 0

  override async pushMany(...args: Parameters<BeanstalkClient['pushMany']>): Promise<string[]> {
    const never = new Promise<string[]>(() => {})
    this.pushes += 1
    if (this.fate instanceof Error) throw this.fate
    if (this.fate === 'dies before') return never
    const ids = await super.pushMany(...args)
    return this.fate === 'dies after' ? never : ids
  }
}

/** A schedule that is due, on a queue of its own, with a client that has one state store with others. */
async function due(queue: string) {
  const clock = new VirtualClock()
  const kept = new LocmemClient('locmem://', { clock })
  const client = () => {
    const made = new FaultyClient(server.dsn)
    made.keepStateIn(kept.state)
    return made as FaultyClient & { readonly schedules: Schedules }
  }
  const first = client()
  const next = clock.now()
  const row = { queue, id: 'digest', version: 'first', next, data: 'the digest', state: '{}' }
  await first.schedules.put(row, undefined)
  const item = { taskId: 'tick', data: 'a digest' }
  const change = { ...row, former: 'first', version: 'second', next: next + 600, items: [item] }
  return { clock, kept, first, second: client(), row, change }
}

it('schedules are refused without a state store, in words that name the option and the export', async () => {
  await using gator = new Gator(server.dsn, { root })
  await expect(gator.schedules()).rejects.toMatchObject({
    code: 'NOT_SUPPORTED',
    message: expect.stringMatching(/state: 'redis:.*schedules --export crontab/) as string,
  })
})

it('a worker makes the ticks of schedules that a state store keeps', async () => {
  await using gator = new Gator(server.dsn, { root, state: 'locmem://ticks', queueName: 'ticks' })
  expect(() => gator.schedule('digest', '@daily', { overlap: 'skip' })).toThrow(
    /a schedule with overlap: 'skip': it has no "listing"/,
  )
  await gator.schedule('digest', { every: '1s' }, { limit: 2 }).task(note, 'tick')
  await new Worker(gator, { maxTasks: 2, logger: silentLogger() }).runForever()
  expect(done).toEqual(['tick', 'tick'])
  expect(await gator.schedules()).toMatchObject([{ id: 'digest', runs: 2, next: undefined }])
  expect(await gator.unschedule('digest')).toBe(true)
  expect(await gator.schedules()).toEqual([])
})

it.each(['before', 'after'])(
  'a tick whose worker dies %s its push is pushed by whoever looks half a minute later',
  async (when) => {
    const queue = `died-${when}`
    const { clock, first, second, change } = await due(queue)
    first.fate = `dies ${when}`
    void first.schedules.tick(change)
    while ((await second.schedules.due([queue])).due.length > 0) await turn()
    expect(await second.schedules.tick({ ...change, version: 'third' })).toBe('other')
    expect(await second.schedules.due([queue])).toMatchObject({ due: [], next: 30 })
    if (when === 'after') while ((await second.counts(queue)).waiting === 0) await turn()
    await clock.advance('31s')
    const before = (await second.counts(queue)).waiting
    expect(await second.schedules.due([queue])).toMatchObject({ due: [], next: 569 })
    expect((await second.counts(queue)).waiting).toBe(before + 1)
    await clock.advance('31s')
    await second.schedules.due([queue])
    expect(second.pushes).toBe(1)
    await Promise.all([first.close(), second.close()])
  },
)

it('while the queue server is away a tick is kept, and what the server refuses is undone', async () => {
  const { clock, first, second, row, change } = await due('refused')
  first.fate = new PayloadTooLargeError('tick', 2, 1)
  await expect(first.schedules.tick(change)).rejects.toThrow(first.fate)
  expect((await second.schedules.due(['refused'])).due).toEqual([row])
  first.fate = new StoreUnavailableError(server.dsn, 'it is away', 'Wait.')
  await expect(first.schedules.tick(change)).rejects.toThrow(first.fate)
  expect((await second.schedules.due(['refused'])).due).toEqual([])
  await clock.advance('31s')
  await expect(first.schedules.due(['refused'])).rejects.toThrow(first.fate)
  await clock.advance('31s')
  await second.schedules.due(['refused'])
  expect(await second.counts('refused')).toMatchObject({ waiting: 1 })
  await Promise.all([first.close(), second.close()])
})

it('a schedule whose payload the state store has lost is shown as one that cannot be read', async () => {
  const { kept, first } = await due('lost')
  const [{ data = '' } = {}] = JSON.parse((await kept.state.get('schedules:lost')) ?? '') as {
    data?: string
  }[]
  expect(await kept.state.delete(data)).toBe(true)
  await using gator = new Gator(first, { root, queueName: 'lost' })
  const [schedule] = await gator.schedules()
  expect(schedule).toMatchObject({ id: 'digest', error: { code: 'INVALID_PAYLOAD' } })
  await kept.state.put('schedules:lost', '{}')
  await expect(gator.schedules()).rejects.toThrow(/no list of schedules under "schedules:lost"/)
})
