import { freePort, startRedis } from '@alligator/testbed'
import { App } from './app.js'

const AWAY = ' waits for its store: '
const installed = ['core', 'redis']
/** A server that is away is then found out within a second. */
const IMPATIENT = '?timeout=300ms'

describe('while the store is away', () => {
  test('from the start: the worker waits for it, and SIGTERM ends it with 0', async () => {
    await using app = new App({ installed })
    const worker = app.alligator('worker', `redis://127.0.0.1:${await freePort()}/0${IMPATIENT}`)
    await worker.prints(AWAY, 2)
    worker.child.kill('SIGTERM')
    expect(await worker.ends()).toBe(0)
    expect(worker.stdout).toContain('has stopped after 0 tasks')
  })

  test('a worker that waited for it goes on when it is there, and says so', async () => {
    await using app = new App({ installed })
    const port = await freePort()
    const worker = app.alligator('worker', `redis://127.0.0.1:${port}/0${IMPATIENT}`)
    await worker.prints(AWAY)
    await using server = await startRedis({ port: String(port) })
    await worker.prints('has its store back')
    await enqueue(app, server.dsn, [['quick', 'a']])
    await worker.prints('quick')
    worker.child.kill('SIGTERM')
    expect(await worker.ends()).toBe(0)
    expect(app.ran()).toEqual(['a, try 1'])
  })

  test('a task that ended meanwhile runs again, and a signal ends the worker with 0', async () => {
    await using app = new App({ installed })
    await using server = await startRedis({ appendonly: 'yes', appendfsync: 'always' })
    await enqueue(app, server.dsn, [['gated', 'a']])
    const flags = ['--lease', '1s', '--shutdown-timeout', '30s']
    const worker = app.alligator('worker', server.dsn + IMPATIENT, ...flags)
    await worker.prints('a is at the gate')
    await server.stop('SIGKILL')
    await worker.prints(AWAY)
    worker.child.kill('SIGTERM')
    await worker.prints(' stops: ')
    worker.child.stdin?.write('go\n')
    expect(await worker.ends()).toBe(0)
    expect(worker.stderr).toContain('could not be settled')
    await server.start()
    const next = app.alligator('worker', server.dsn + IMPATIENT, '--max-tasks', '1')
    await next.prints('a is at the gate')
    next.child.stdin?.write('go\n')
    expect(await next.ends()).toBe(0)
    expect(app.ran()).toEqual(['a, try 1', 'a, try 1'])
  })

  test('a second signal does not wait for the store', async () => {
    await using app = new App({ installed })
    await using server = await startRedis()
    await enqueue(app, server.dsn, [['stubborn', 'a']])
    const worker = app.alligator(
      'worker',
      server.dsn + IMPATIENT,
      '--shutdown-timeout',
      '1h',
      '--lease',
      '1s',
    )
    await worker.prints('has noted itself')
    await server.stop('SIGKILL')
    worker.child.kill('SIGTERM')
    await worker.prints(' stops: ')
    worker.child.kill('SIGTERM')
    expect(await worker.ends()).toBe(0)
  })
})

async function enqueue(app: App, dsn: string, tasks: readonly (readonly string[])[]): Promise<void> {
  const done = app.node(['enqueue.js', JSON.stringify(tasks)], { env: { STORE: dsn } })
  if ((await done.ends()) !== 0) throw new Error(done.stderr)
}
