import { CommandLines } from './command-lines.js'
import { STORES, StoreApp } from './store-app.js'

interface Line {
  readonly event?: string
}

test('a worker says what it works on, and its lines tell where an error comes from', async () => {
  await using app = new StoreApp(STORES.sqlite)
  await using commands = new CommandLines(app)
  await app.enqueue([['fail']], 'one')
  await app.enqueue([['fail']], 'two')
  await app.enqueue([['fail']], 'three')
  const [json, text, quiet] = await commands.run([
    ['worker', app.dsn, '--burst', '--queue', 'one,all', '--log', 'json', '--verbose'],
    ['worker', app.dsn, '--burst', '--queue', 'two', '--concurrency', '3', '--verbose'],
    ['worker', app.dsn, '--burst', '--queue', 'three'],
  ])
  const lines = `${json?.stdout}${json?.stderr}`
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)
  const file = `file ${app.folder}/tasks.sqlite3`
  expect(lines.find(({ event }) => event === 'worker:store')).toMatchObject({
    ...{ store: app.dsn, database: file, root: app.folder, queues: ['one', 'all'], concurrency: 10 },
    version: expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
  })
  expect(lines.find(({ event }) => event === 'task:dead')).toMatchObject({
    ...{ name: 'fail', module: 'tasks', error: 'it never works' },
    worker: expect.stringMatching(/^Alligator Worker/) as string,
    stack: expect.stringMatching(/^Error: it never works\n +at fail \(.*tasks\.js/) as string,
  })
  expect(text?.stdout).toContain(
    ` works on ${app.dsn} (${file}), for the app in ${app.folder}: queues two, 3 at once.`,
  )
  expect(text?.stderr).toMatch(/is a dead letter: it never works\nError: it never works\n +at fail \(/)
  expect(quiet?.stderr).toMatch(/is a dead letter: it never works\n$/)
})
