import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { once } from 'node:events'
import { connect } from 'node:net'
import { startBeanstalk } from '@alligator/testbed'
import { CommandLines } from './command-lines.js'
import { STORES, StoreApp, startStores, stopStores } from './store-app.js'

beforeAll(startStores)
afterAll(stopStores)

/** Commands that only look. */
const LOOKS: readonly (readonly string[])[] = [
  ...['status', 'list', 'dead', 'paused', 'schedules', 'check', 'doctor', 'top --json'],
  ...['show nothing', 'list --queue *', 'drop all --dry-run', 'retry --all --dry-run'],
  ...['cancel --task x --dry-run', 'expedite --task x --dry-run', 'migrate --sql'],
].map((line) => line.split(' '))

const HOLDS_NOTHING: Readonly<Record<keyof typeof STORES, (app: StoreApp) => Promise<void>>> = {
  sqlite: async (app) => {
    expect(existsSync(join(app.folder, 'tasks.sqlite3'))).toBe(false)
  },
  postgres: (app) => app.inside('expectNoTables'),
  redis: (app) => app.inside('expectNoKeys'),
}

test.each(Object.entries(STORES))('a command that only looks creates nothing on %s', async (store, dsnIn) => {
  await using app = new StoreApp(dsnIn)
  await using commands = new CommandLines(app)
  const lines = store === 'redis' ? LOOKS.slice(0, -1) : LOOKS
  const ended = await commands.run(lines)
  const others = ended.filter((_, at) => !['show', 'doctor'].includes(lines[at]?.[0] ?? ''))
  expect(others.map(({ code, stderr }) => [code, stderr])).toEqual(others.map(() => [0, '']))
  // What names a task that is not there fails; and a doctor may find the server of the tests unwell.
  const endOf = (command: string) => ended[lines.findIndex(([name]) => name === command)]
  expect(endOf('show')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('no task or batch') as string,
  })
  expect(endOf('doctor')?.stderr).toBe('')
  await HOLDS_NOTHING[store as keyof typeof STORES](app)
})

test('a command that only looks leaves no tube on beanstalkd', async () => {
  const server = await startBeanstalk()
  try {
    await using app = new StoreApp(() => server.dsn)
    await using commands = new CommandLines(app)
    const ended = await commands.run([
      ['status'],
      ['status', '--queue', 'mail'],
      ['drop', 'mail', '--dry-run'],
    ])
    expect(ended.map(({ code, stderr }) => [code, stderr])).toEqual(ended.map(() => [0, '']))
    const socket = connect(Number(new URL(server.dsn).port), '127.0.0.1')
    socket.end('list-tubes\r\n')
    const [answer] = (await once(socket, 'data')) as [Buffer]
    expect(answer.toString()).toBe('OK 14\r\n---\n- default\n\r\n')
  } finally {
    await server.close()
  }
})
