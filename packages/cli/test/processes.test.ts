import { App } from './app.js'

const count = (text: string, part: string) => text.split(part).length - 1

describe('--processes', () => {
  test('runs so many workers, whose lines say which; a signal ends all', async () => {
    await using app = new App()
    const workers = app.worker('--processes', '2')
    for (const number of [1, 2]) await workers.prints(`[${number}] Alligator Worker`)
    workers.child.kill('SIGTERM')
    expect([await workers.ends(), workers.stderr]).toEqual([0, ''])
    for (const number of [1, 2]) expect(workers.stdout).toMatch(new RegExp(`\\[${number}\\] .* has stopped`))
  })

  test('in JSON the process is a field', async () => {
    await using app = new App()
    await app.enqueue([['quick', 'a']])
    const workers = app.worker('--processes', '1', '--log', 'json', '--burst')
    expect(await workers.ends()).toBe(0)
    for (const line of workers.stdout.trimEnd().split('\n'))
      expect(JSON.parse(line)).toMatchObject({ process: 1 })
  })

  test('a burst ends when all are done', async () => {
    await using app = new App()
    await app.enqueue(Array.from({ length: 20 }, (_, index) => ['quick', `task ${index}`]))
    const workers = app.worker('--processes', '2', '--burst', '--concurrency', '2')
    expect([await workers.ends(), workers.stderr]).toEqual([0, ''])
    expect(new Set(app.ran()).size).toBe(20)
    expect(app.ran()).toHaveLength(20)
  })

  test('a process that crashes is replaced, and its task runs again', async () => {
    await using app = new App()
    await app.enqueue([['die', 'a']])
    const workers = app.worker('--processes', '2', '--lease', '500ms')
    await workers.prints('done in')
    expect(workers.stderr).toMatch(/Process \d \(#\d+\) ended with SIGKILL .*; the next starts in 0\.25 s/)
    workers.child.kill('SIGTERM')
    expect(await workers.ends()).toBe(0)
    expect(app.ran()).toEqual(['a, try 1', 'a, try 1'])
  })

  test('one that is recycled is replaced at once', async () => {
    await using app = new App()
    await app.enqueue([
      ['quick', 'a'],
      ['quick', 'b'],
      ['quick', 'c'],
    ])
    const workers = app.worker('--processes', '1', '--max-tasks', '1')
    await workers.prints('has stopped after 1 tasks', 3)
    workers.child.kill('SIGTERM')
    expect([await workers.ends(), workers.stderr]).toEqual([0, ''])
    expect(app.ran()).toHaveLength(3)
  })

  test('one Ctrl-C, which reaches every process of the group, is one signal', async () => {
    await using app = new App()
    await app.enqueue([['gated', 'a']])
    const workers = app.worker('--processes', '2')
    await workers.prints('[2] Alligator Worker')
    await workers.prints('a is at the gate')
    process.kill(-workers.group, 'SIGINT')
    await workers.prints(' stops: ', 2)
    // Long enough for the supervisor's own order to arrive, too: a second signal would hand the task back.
    await new Promise((resolve) => setTimeout(resolve, 300))
    workers.child.stdin?.write('go\n')
    expect([await workers.ends(), workers.stderr]).toEqual([0, ''])
    expect(count(workers.stdout, ' stops: ')).toBe(2)
    expect(app.ran()).toEqual(['a, try 1'])
  })

  test('a second signal hands running tasks back at once', async () => {
    await using app = new App()
    await app.enqueue([['stubborn', 'a']])
    const workers = app.worker('--processes', '1', '--shutdown-timeout', '1h')
    await workers.prints('has noted itself')
    workers.child.kill('SIGTERM')
    await workers.prints(' stops: ')
    workers.child.kill('SIGTERM')
    expect([await workers.ends(), workers.stderr]).toEqual([0, ''])
    expect(await app.worker('--burst').ends()).toBe(0)
    expect(app.ran()).toEqual(['a, try 1', 'a, try 1'])
  })

  test('when the supervisor is killed, its processes stop', async () => {
    await using app = new App()
    const workers = app.worker('--processes', '2')
    await workers.prints('[2] Alligator Worker')
    workers.child.kill('SIGKILL')
    // It has ended for us when nobody holds its output any more.
    expect(await workers.ends()).toBe('SIGKILL')
    expect(count(workers.stdout, 'has stopped')).toBe(2)
  })

  test('a mistake is told once and ends with 2', async () => {
    await using app = new App()
    const workers = app.alligator('worker', './no-gator.js', '--processes', '3')
    expect(await workers.ends()).toBe(2)
    expect(workers.stderr).toMatch(/^alligator: \.\/no-gator\.js exports a gator that is no Gator.*\n$/)
  })

  test('processes that only ever crash are given up, with their exit code', async () => {
    await using app = new App()
    const workers = app.alligator('worker', './broken.js', '--processes', '2')
    expect(await workers.ends()).toBe(1)
    expect(count(workers.stderr, 'this module is broken')).toBe(5)
    expect(workers.stderr).toMatch(/as all before it: no more are started\.\n$/)
  })
})

describe('--max-memory', () => {
  test('ends a worker that takes more, once its running tasks have ended', async () => {
    await using app = new App()
    await app.enqueue([
      ['gated', 'a'],
      ['hog', 300],
      ['quick', 'b'],
    ])
    const worker = app.worker('--max-memory', '300mb', '--concurrency', '2')
    await worker.prints('a is at the gate')
    await worker.prints('has reached its maxMemory')
    worker.child.stdin?.write('go\n')
    expect([await worker.ends(), worker.stderr]).toEqual([0, ''])
    expect(app.ran()).toEqual(['hog, try 1', 'a, try 1'])
  })

  test('is refused when nothing could ever run', async () => {
    await using app = new App()
    const worker = app.worker('--max-memory', '1mb', '--processes', '2')
    expect(await worker.ends()).toBe(2)
    expect(worker.stderr).toMatch(/^alligator: Option maxMemory cannot be .*before its first task.*\n$/)
  })
})
