import { STORES, StoreApp, startStores, stopStores } from './store-app.js'
import { Terminal } from './terminal.js'

beforeAll(startStores)
afterAll(stopStores)

describe.each(Object.entries(STORES))('top on %s', (_store, dsnIn) => {
  test('shows the store, and goes on looking', async () => {
    await using app = new StoreApp(dsnIn)
    await app.bury(1)
    await app.enqueue([['quick', 'a\u001b[2J']], 'mail')
    await using top = new Terminal(app, ['top', '--every', '200ms'])
    await top.shows(/^DEAD LETTERS \(1\)/)
    expect(top.isTaken).toBe(true)
    await top.shows(/^ {2}QUEUE +WAITING +DELAYED +RUNNING +DEAD +OLDEST +GROWTH\/S$/)
    await top.shows(/^> all +0 +0 +0 +1 +- +0\.0$/)
    await top.shows(/^ {2}mail +1 +0 +0 +0 +\d/)
    await top.shows(/^ {2}[0-9a-f-]{36} +waiting +mail +tasks#quick +"a\\u001b/)
    await top.shows(/^ {2}[0-9a-f-]{36} +all +tasks#fail +1 +.* ago +it never works$/)
    await top.shows(/^ {2}all +1 +0\.00 +100\.0% +\d+(\.\d)?m?s +1 +100\.0% +\d+(\.\d)?m?s$/)
    await app.enqueue([['quick', 'b']], 'third')
    await top.shows(/^ {2}third +1 /)
    expect(await app.json('top', '--queue', 'all,third')).toMatchObject({
      queues: [
        { queue: 'all', dead: 1 },
        { queue: 'third', waiting: 1 },
      ],
      tasks: [{ name: 'tasks#quick', state: 'waiting' }],
      dead: [{ name: 'tasks#fail', reason: { message: 'it never works' } }],
    })
    top.press('q')
    expect(await top.ends()).toBe(0)
    expect([top.isTaken, top.lines.join('')]).toEqual([false, ''])
  })

  test('shows who is at work, until they end', async () => {
    await using app = new StoreApp(dsnIn)
    await app.announce({ name: 'evil\u001b[2J', queues: ['a\u202e'], running: 2, tasksComplete: 99 })
    await using top = new Terminal(app, ['top', '--every', '200ms'])
    await top.shows(/^WORKERS \(1\)$/)
    await top.shows(/^ {2}WORKER +QUEUES +RUNNING +DONE +UP$/)
    await top.shows(/^ {2}evil\\u001b\[2J +a\\u202e +2 of 3 +99 +1h$/)
    const worker = app.on('worker', '--queue', 'mail,all', '--concurrency', '4')
    await top.shows(/^WORKERS \(2\)$/)
    await top.shows(/^ {2}Alligator Worker \(\S+#\d+\) +mail, all +0 of 4 +0 +\d/)
    worker.child.kill('SIGTERM')
    expect(await worker.ends()).toBe(0)
    await top.shows(/^WORKERS \(1\)$/)
    expect(await app.json('top', '--queue', 'mail')).toMatchObject({ workers: [] })
    expect(await app.json('top')).toMatchObject({ workers: [{ name: 'evil\u001b[2J' }] })
  })

  test('keys select, retry, cancel and drop', async () => {
    await using app = new StoreApp(dsnIn)
    await app.bury(1)
    await using top = new Terminal(app, ['top', '--every', '200ms'])
    await top.shows(/^> all /)
    top.press('\t')
    await top.shows(/^> [0-9a-f-]{36} +all +tasks#fail/)
    top.press('r')
    await top.shows(/^[0-9a-f-]{36} is back on its queue\.$/)
    await top.shows(/^> [0-9a-f-]{36} +waiting/)
    top.press('c')
    await top.shows(/^Cancel [0-9a-f-]{36}\? \[y\/N\]$/)
    top.press('n')
    await top.shows(/^Nothing was done\.$/)
    top.press('c')
    await top.shows(/\[y\/N\]$/)
    top.press('y')
    await top.shows(/^[0-9a-f-]{36} is canceled\.$/)
    await app.enqueue(
      [
        ['quick', 'a'],
        ['quick', 'b'],
      ],
      'mail',
    )
    await top.shows(/^> mail +2/)
    top.press('p')
    await top.shows(/^Pause queue mail, until it is resumed\? \[y\/N\]$/)
    top.press('y')
    await top.shows(/^> mail \(paused\) +2/)
    top.press('p')
    await top.shows(/^Let queue mail go on\? \[y\/N\]$/)
    top.press('y')
    await top.shows(/^> mail +2/)
    top.press('d')
    await top.shows(/^Drop queue mail, with everything in it\? \[y\/N\]$/)
    top.press('y')
    await top.shows(/^Queue mail is empty\.$/)
    expect(await app.text('status')).toMatch(/^No queue holds anything\.\n/)
    top.press('\u0003')
    expect([await top.ends(), top.isTaken]).toEqual([0, false])
  })
})

test('fits the terminal, whatever its size becomes', async () => {
  await using app = new StoreApp(STORES.sqlite)
  await app.bury(30)
  await app.announce({})
  await using top = new Terminal(app, ['top', '--every', '200ms'], { cols: 60, rows: 16 })
  await top.shows(/^DEAD LETTERS \(30\)/)
  top.press('\t')
  for (let row = 0; row < 29; row += 1) top.press('j')
  await top.shows(/^> all +tasks#fail/)
  expect(top.lines[15]).toBe('q quit ↑↓ tab r/R retry c cancel d drop')
  expect(top.lines.filter((line) => /tasks#f/.test(line)).length).toBeGreaterThan(2)
  const titles = () => top.lines.filter((line) => /^[A-Z]{4}/.test(line)).join()
  expect(titles()).toBe('QUEUES (1),RUNNING AND NEXT,DEAD LETTERS (30)')
  top.resize({ cols: 60, rows: 19 })
  await top.shows(/^WORKERS \(1\)$/)
  expect(top.lines[18]).toBe('q quit ↑↓ tab r/R retry c cancel d drop')
  expect(titles()).toBe('QUEUES (1),WORKERS (1),RUNNING AND NEXT,DEAD LETTERS (30)')
  top.resize({ cols: 40, rows: 10 })
  await top.shows(/^> tasks#fail +\S+ ago +it never wo/)
  expect(top.lines.filter((line) => line.startsWith('QUEUES'))).toEqual([])
  top.press('c')
  await top.shows(/^Cancel [0-9a-f-]+ \[y\/N\]$/)
  top.press('n')
  top.resize({ cols: 120, rows: 40 })
  await top.shows(/^QUEUES \(1\)$/)
  await top.shows(/^> [0-9a-f-]{36} .* it never works$/)
})

test('a signal gives the terminal back, and so does a crash', async () => {
  await using app = new StoreApp(STORES.sqlite)
  await using top = new Terminal(app, ['top'])
  await top.shows(/^QUEUES \(0\)/)
  top.kill('SIGTERM')
  expect([await top.ends(), top.isTaken]).toEqual([0, false])
  await using crashed = new Terminal(app, ['top', '--import', './crash-later.js'])
  expect([await crashed.ends(), crashed.isTaken]).toEqual([1, false])
  expect(crashed.lines.join('')).toContain('alligator: out of luck')
})

test('a store that goes away is told of, and its password is not', async () => {
  await using app = new StoreApp(() => 'redis://me:hush@127.0.0.1:1/0?timeout=100ms')
  await using top = new Terminal(app, ['top', '--every', '100ms'])
  const line = await top.shows(/not available/)
  expect(line).not.toContain('hush')
  top.press('q')
  expect(await top.ends()).toBe(0)
})

test('without a terminal it says what to do', async () => {
  await using app = new StoreApp(STORES.sqlite)
  const { code, stderr } = await app.run('top')
  expect([code, stderr]).toEqual([2, expect.stringContaining('alligator top needs a terminal')])
})

test('drop asks on a terminal', async () => {
  await using app = new StoreApp(STORES.sqlite)
  await app.bury(1)
  await using no = new Terminal(app, ['drop', 'all'])
  await no.shows(/^Remove 0 waiting, .* and 1 dead tasks from queue all\? \[y\/N\]/)
  no.press('\r')
  await no.shows(/^Nothing is removed\.$/)
  await using yes = new Terminal(app, ['drop', 'all'])
  await yes.shows(/\[y\/N\]/)
  yes.press('y\r')
  await yes.shows(/^Queue all is empty/)
  await using interrupted = new Terminal(app, ['drop', 'all'])
  await interrupted.shows(/\[y\/N\]/)
  interrupted.press('\u0003')
  await interrupted.shows(/^Nothing is removed\.$/)
  expect([await no.ends(), await yes.ends(), await interrupted.ends()]).toEqual([0, 0, 0])
})

test('colours are for terminals, and for those who want them', async () => {
  await using app = new StoreApp(STORES.sqlite)
  await app.bury(1)
  expect(await app.text('dead')).not.toContain('\u001b')
  await using plain = new Terminal(app, ['dead'], undefined, { NO_COLOR: '1' })
  await plain.shows(/it never works/)
  await using narrow = new Terminal(app, ['dead'], { cols: 72, rows: 10 })
  const line = await narrow.shows(/tasks#f/)
  expect(line.length).toBeLessThanOrEqual(72)
})
