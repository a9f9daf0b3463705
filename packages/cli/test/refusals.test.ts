import { type Server, startBeanstalk } from '@alligator/testbed'
import { STORES, StoreApp } from './store-app.js'

let server: Server

beforeAll(async () => {
  server = await startBeanstalk()
})
afterAll(() => server.close())

const beanstalk = () => server.dsn
const sqs = () => 'sqs://us-east-1/?endpoint=http://127.0.0.1:1'

describe('what a store cannot do is refused, with the stores that can', () => {
  const NO_LISTING = 'it has no "listing". Use a store that has it: memory, SQLite, PostgreSQL, Redis.'
  const NO_ID = 'it has no "byId". Use a store that has it: memory, SQLite, PostgreSQL, Redis, beanstalkd.'
  test.each([
    ['list', [], beanstalk, 'BeanstalkClient', NO_LISTING],
    ['dead', [], beanstalk, 'BeanstalkClient', NO_LISTING],
    ['show', ['1'], beanstalk, 'BeanstalkClient', NO_LISTING],
    ['check', [], beanstalk, 'BeanstalkClient', NO_LISTING],
    ['cancel', ['1'], sqs, 'SqsClient', NO_ID],
    ['retry by a filter', ['--task', 'x', '--yes'], beanstalk, 'BeanstalkClient', NO_LISTING],
    ['cancel by a filter', ['--state', 'dead', '--yes'], sqs, 'SqsClient', NO_LISTING],
  ])('%s', async (command, args, dsnIn, client, sentence) => {
    await using app = new StoreApp(dsnIn)
    const stderr = `alligator: ${client} cannot do alligator ${command}: ${sentence}\n`
    expect(await app.run(command.split(' ')[0] ?? '', ...args)).toEqual({ code: 1, stdout: '', stderr })
  })
})

test('beanstalkd does the rest: enqueue, status, cancel, retry, drop', async () => {
  await using app = new StoreApp(beanstalk)
  const { taskId } = await app.json<{ taskId: string }>('enqueue', 'tasks#quick', '["a"]')
  expect(await app.text('status')).toMatch(
    /^all +1 +0 +0 +0 +-\nThis store cannot tell its queues: name others/m,
  )
  expect(await app.json('status')).not.toHaveProperty('workers')
  expect((await app.run('retry', 'x')).stderr).toMatch(
    /no dead letter x in queue all\. This store cannot tell/,
  )
  expect(await app.text('cancel', taskId)).toBe(`${taskId} is canceled.\n`)
  await app.bury(2)
  expect(await app.text('retry', '--all', '--yes')).toBe('Put back to work: 2 of 2 dead letters.\n')
  expect(await app.json('drop', 'all', '--yes')).toMatchObject({ dropped: true, waiting: 2 })
})

test('a worker of a DSN heeds the pauses that its state store keeps', async () => {
  await using app = new StoreApp(beanstalk)
  const state = STORES.sqlite(app.folder)
  await app.enqueue([['quick', 'a']], 'held')
  await app.text('pause', '--queue', 'held', '--state-store', state)
  const work = async (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    app.node([app.bin('alligator'), 'worker', '--burst', ...args], { env }).ends()
  expect(await work([app.dsn, '--queue', 'held'], { ALLIGATOR_STATE: state })).toBe(0)
  expect(app.ran()).toEqual([])
  await app.text('resume', '--queue', 'held', '--state-store', state)
  expect(await work([app.dsn, '--queue', 'held', '--state-store', state])).toBe(0)
  expect(app.ran()).toEqual(['a, try 1'])
  expect(await work(['./gator.js', '--state-store', state])).toBe(2)
})

test('what cannot be moved to or from beanstalkd stays, and is told', async () => {
  await using app = new StoreApp(STORES.sqlite)
  await app.bury(1)
  await app.enqueue([['quick', 'a']])
  await app.enqueue([['quick', 'b']], 'all', { delayBy: '1h' })
  const there = await app.run('move', app.dsn, server.dsn)
  expect([there.code, there.stdout]).toEqual([1, expect.stringMatching(/^all +1 +1 +0 +1$/m)])
  expect(there.stderr).toContain(
    '1 are dead letters, and the target cannot take such: retry them, then move.',
  )
  await app.text('cancel', (await app.json<{ tasks: { taskId: string }[] }>('list')).tasks[0]?.taskId ?? '')
  const back = await app.run('move', server.dsn, app.dsn)
  expect([back.code, back.stdout]).toEqual([1, expect.stringMatching(/^all +1 +0 +0 +1$/m)])
  expect(back.stderr).toContain(
    '1 are delayed, and this store cannot list them: move them when they are due.',
  )
})

test.each([
  ['no DSN', ['status', '--conn', ''], /^Which store\?/],
  ['a DSN as an argument', ['status', 'sqlite://x.db'], /Expected 0 .* Did you mean --conn <DSN>\?$/],
  ['no ids', ['retry'], /^Which dead letters\?/],
  ['ids and --all', ['retry', 'x', '--all'], /^Ids say which tasks are meant/],
  ['a filter and --all', ['retry', '--all', '--error', 'x'], /^Which dead letters\?/],
  ['no tasks to make due', ['expedite', '--yes'], /^Which tasks\? Pass their ids/],
  ['no tasks to cancel', ['cancel', '--yes'], /^Which tasks\?.*alligator drop\.$/],
  ['ids and a filter', ['cancel', 'x', '--state', 'dead'], /^Ids say which tasks are meant/],
  ['no state', ['cancel', '--state', 'late'], /Pass some of running, waiting, delayed, dead\./],
  ['no time', ['retry', '--since', 'monday'], /Pass how long ago, as 2h, or a moment/],
  ['no function', ['enqueue', 'tasks'], /^"tasks" names no function\. Write module#function/],
  ['no JSON', ['enqueue', 'tasks#quick', '[a'], /^The arguments are not JSON: .*Pass a list/],
  ['no list', ['enqueue', 'tasks#quick', '{"a":1}'], /^The arguments are not a list\..*'\[\{"a":1\}\]'\.$/],
  ['a store to drop', ['drop', 'redis://:hush@host/0', '--yes'], /^"redis:\/\/\*\*\*@host\/0" is a store\./],
  [
    'a state that ends with the command',
    ['status', '--conn', 'sqs://x/', '--state-store', 'locmem://'],
    /^locmem:\/\/ is in the memory/,
  ],
  ['no page', ['list', '--page', 'x'], /^--page cannot be "x"/],
  ['too long a page', ['list', '--limit', '1001'], /from 1 to 1000/],
])('called wrongly: %s', async (_name, args, message) => {
  await using app = new StoreApp(STORES.sqlite)
  const { code, stdout, stderr } = await app.run(...args)
  expect(stderr.replace(/^alligator: (.*)\n$/, '$1')).toMatch(message)
  expect([code, stdout]).toEqual([2, ''])
})

test('a store that is away: one line from each command, without the password', async () => {
  await using app = new StoreApp(() => 'redis://me:hush@127.0.0.1:1/0?timeout=100ms')
  const commands = [
    'status',
    'list',
    'show 1',
    'dead',
    'retry 1',
    'retry --all --yes',
    'cancel --task x --yes',
    'cancel 1',
    'drop all --yes',
  ]
  const others = ['check', 'enqueue tasks#quick', 'bench --tasks 1', 'top --json']
  const ended = await Promise.all([...commands, ...others].map((command) => app.run(...command.split(' '))))
  const line =
    /^alligator: The store at redis:\/\/\*\*\*@127\.0\.0\.1:1\/0\?timeout=100ms is not available: [^\n]*\n$/
  for (const one of ended)
    expect(one).toEqual({ code: 1, stdout: '', stderr: expect.stringMatching(line) as string })
})

test('neither DSN of a move shows its password', async () => {
  await using app = new StoreApp(STORES.sqlite)
  const { stdout, stderr } = await app.run(
    'move',
    'redis://me:hush@127.0.0.1:1/0',
    'redis://me:hush@127.0.0.1:2/0',
  )
  expect(stdout + stderr).toContain('***@127.0.0.1:1')
  expect(stdout + stderr).not.toContain('hush')
})
