import { freePort, startRedis, until } from '@alligator/testbed'
import { App } from './app.js'

const installed = ['core', 'redis']

async function ask(port: number, path: string): Promise<string> {
  const answer = fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(5000) })
  return answer.then(
    async (response) => `${response.status} ${(await response.text()).trim()}`,
    () => 'no answer',
  )
}

const becomes = (port: number, path: string, answer: string) =>
  until(async () => (await ask(port, path)) === answer, 20)

describe('--health-port', () => {
  test('a worker is live from the start, and ready while its store answers and it takes tasks', async () => {
    await using app = new App({ installed })
    const [port, health] = [await freePort(), await freePort()]
    const dsn = `redis://127.0.0.1:${port}/0?timeout=300ms`
    const worker = app.alligator('worker', dsn, '--health-port', `127.0.0.1:${health}`)
    await becomes(health, '/ready', '503 The store is away.')
    expect(await ask(health, '/live')).toBe('200 ok')
    await using server = await startRedis({ port: String(port) })
    await becomes(health, '/ready', '200 ok')
    await server.stop('SIGKILL')
    await becomes(health, '/ready', '503 The store is away.')
    await server.start()
    await becomes(health, '/ready', '200 ok')
    expect(await ask(health, '/')).toBe('404 Ask for /live or /ready.')

    const call = JSON.stringify([['gated', 'a']])
    expect(await app.node(['enqueue.js', call], { env: { STORE: server.dsn } }).ends()).toBe(0)
    await worker.prints('a is at the gate')
    worker.child.kill('SIGTERM')
    await becomes(health, '/ready', '503 The worker is stopping.')
    expect(await ask(health, '/live')).toBe('200 ok')
    worker.child.stdin?.write('go\n')
    expect(await worker.ends()).toBe(0)
    expect(await ask(health, '/live')).toBe('no answer')
  })

  test('a supervisor answers for its processes', async () => {
    await using app = new App()
    const health = await freePort()
    const workers = app.worker('--processes', '2', '--health-port', String(health))
    await becomes(health, '/ready', '200 ok')
    for (const number of [1, 2]) await workers.prints(`[${number}] Alligator Worker`)
    workers.child.kill('SIGTERM')
    expect([await workers.ends(), workers.stderr]).toEqual([0, ''])
  })

  test('a port that cannot be had is told in one line', async () => {
    await using app = new App()
    await using server = await startRedis()
    const taken = app.worker('--health-port', `127.0.0.1:${server.port}`)
    expect(await taken.ends()).toBe(2)
    expect(taken.stderr.trimEnd()).toBe(
      `alligator: --health-port cannot be ${server.port}: somebody listens there already. Pass another one.`,
    )
    const nonsense = app.worker('--health-port', 'here')
    expect(await nonsense.ends()).toBe(2)
    expect(nonsense.stderr).toContain('Pass a whole number from 0 to 65535.')
  })
})

test('alligator metrics serves what Prometheus reads, until a signal', async () => {
  await using app = new App()
  await app.enqueue([
    ['quick', 'a'],
    ['quick', 'b'],
  ])
  const port = await freePort()
  const metrics = app.alligator('metrics', '--conn', app.dsn, '--port', `127.0.0.1:${port}`)
  await metrics.prints(`The metrics are on port ${port}`)
  expect(await ask(port, '/metrics')).toContain('alligator_queue_tasks{queue="all",state="waiting"} 2')
  metrics.child.kill('SIGTERM')
  expect([await metrics.ends(), metrics.stderr]).toEqual([0, ''])
})

test('a worker serves its own metrics, on the port of its health if that is the same', async () => {
  await using app = new App()
  await app.enqueue([['quick', 'a']])
  const port = await freePort()
  const here = `127.0.0.1:${port}`
  const worker = app.worker('--health-port', here, '--metrics-port', here)
  await worker.prints('done in')
  expect(await ask(port, '/metrics')).toContain(
    'alligator_task_duration_seconds_count{queue="all",task="quick",outcome="success"} 1',
  )
  expect(await ask(port, '/live')).toBe('200 ok')
  worker.child.kill('SIGTERM')
  expect([await worker.ends(), worker.stderr]).toEqual([0, ''])
})
