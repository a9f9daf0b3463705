import { setTimeout as pause } from 'node:timers/promises'
import { startSqsEmulator } from '@alligator/testbed'
import { App } from './app.js'

test('process.exit in a task is told, with its name, and ends the worker with 1', async () => {
  await using app = new App()
  await app.enqueue([['leaves', 0]])
  const worker = app.worker()
  expect(await worker.ends()).toBe(1)
  expect(worker.stderr).toMatch(
    /process\.exit was called while this worker ran, from leaves [0-9a-f-]{36}\. It ends with 1/,
  )
})

test('an exit code that says more is left as it is', async () => {
  await using app = new App()
  await app.enqueue([['leaves', 7]])
  expect(await app.worker().ends()).toBe(7)
})

describe('a signal', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const)(
    '%s: a running task ends, nothing new is taken',
    async (signal) => {
      await using app = new App()
      await app.enqueue([
        ['gated', 'a'],
        ['quick', 'b'],
      ])
      const worker = app.worker('--concurrency', '1')
      await worker.prints('a is at the gate')
      worker.child.kill(signal)
      await worker.prints(' stops: ')
      worker.child.stdin?.write('go\n')
      expect([await worker.ends(), worker.stderr]).toEqual([0, ''])
      expect(app.ran()).toEqual(['a, try 1'])
    },
  )

  test('a task that outlives the shutdown timeout is handed back, no try charged', async () => {
    await using app = new App()
    await app.enqueue([['stubborn', 'a']])
    const worker = app.worker('--shutdown-timeout', '100ms')
    await worker.prints('has noted itself')
    worker.child.kill('SIGTERM')
    expect([await worker.ends(), worker.stderr]).toEqual([0, ''])
    expect(await app.worker('--burst').ends()).toBe(0)
    expect(app.ran()).toEqual(['a, try 1', 'a, try 1'])
  })

  test('lets a request that waits on SQS come back, which would take the next task and hide it', async () => {
    await using emulator = await startSqsEmulator()
    const dsn = `${emulator.dsn}&create_queues=true&long_poll=5s`
    await using app = new App({ installed: ['core', 'sqs'], dsn })
    const env = { AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x', STORE: dsn }
    const run = (...args: readonly string[]) => app.node(args, { env })
    const enqueue = async (name: string) => {
      expect(await run('enqueue.js', JSON.stringify([['quick', name]])).ends()).toBe(0)
    }
    await enqueue('a')
    const worker = run(app.bin('alligator'), 'worker', dsn, '--lease', '10m')
    await worker.prints('quick')
    // The request that follows waits in SQS by then; if it does not, there is nothing to come back.
    await pause(1000)
    worker.child.kill('SIGTERM')
    expect(await worker.ends()).toBe(0)
    await enqueue('b')
    expect(await run(app.bin('alligator'), 'worker', dsn, '--max-tasks', '1').ends()).toBe(0)
    expect(app.ran()).toEqual(['a, try 1', 'b, try 1'])
  })

  test('a second one hands running tasks back at once', async () => {
    await using app = new App()
    await app.enqueue([['stubborn', 'a']])
    const worker = app.worker('--shutdown-timeout', '1h')
    await worker.prints('has noted itself')
    worker.child.kill('SIGTERM')
    await worker.prints(' stops: ')
    worker.child.kill('SIGTERM')
    expect([await worker.ends(), worker.stderr]).toEqual([0, ''])
    expect(await app.worker('--burst').ends()).toBe(0)
    expect(app.ran()).toEqual(['a, try 1', 'a, try 1'])
  })

  test('a third one ends a worker that heeds none', async () => {
    await using app = new App()
    const worker = app.alligator('worker', './deaf-worker.js')
    await worker.prints('it runs')
    for (const times of [1, 2]) {
      worker.child.kill('SIGTERM')
      await worker.prints('a signal came', times)
    }
    worker.child.kill('SIGTERM')
    expect(await worker.ends()).toBe(0)
  })

  test('during start-up it ends with 0 and takes nothing', async () => {
    await using app = new App()
    await app.enqueue([['quick', 'a']])
    const worker = app.worker('--import', './slow-start.js')
    await worker.prints('it loads')
    worker.child.kill('SIGTERM')
    expect([await worker.ends(), worker.stderr]).toEqual([0, ''])
    expect(await app.worker('--burst').ends()).toBe(0)
    expect(app.ran()).toEqual(['a, try 1'])
  })
})

describe('an error that escapes from a task', () => {
  test('stops the worker with 1, after running tasks have ended', async () => {
    await using app = new App()
    await app.enqueue([['gated', 'a'], ['stray'], ['stray']])
    const worker = app.worker('--log', 'json')
    await worker.prints('An error that nobody caught', 2)
    worker.child.stdin?.write('go\n')
    expect(await worker.ends()).toBe(1)
    expect(app.ran()).toEqual(['a, try 1'])
    const [line = ''] = worker.stderr.split('\n')
    expect(JSON.parse(line)).toMatchObject({
      event: 'worker:escape',
      name: 'stray',
      error: 'nobody waits for this',
    })
  })

  test('before the worker runs: one line, 1', async () => {
    await using app = new App()
    const worker = app.worker('--import', './stray-import.js')
    expect(await worker.ends()).toBe(1)
    expect(worker.stderr).toBe('alligator: astray (--verbose shows the stack)\n')
  })
})

describe('the end', () => {
  test('comes although a task has left a timer behind', async () => {
    await using app = new App()
    await app.enqueue([['leaveTimer']])
    expect(await app.worker('--burst').ends()).toBe(0)
  })

  test('a reader of the log that goes away does not disturb the worker', async () => {
    await using app = new App()
    await app.enqueue([
      ['gated', 'a'],
      ['quick', 'b'],
    ])
    const worker = app.worker('--burst', '--concurrency', '1')
    await worker.prints('a is at the gate')
    worker.child.stdout?.destroy()
    worker.child.stdin?.write('go\n')
    expect([await worker.ends(), worker.stderr]).toEqual([0, ''])
    expect(app.ran()).toEqual(['a, try 1', 'b, try 1'])
  })
})
