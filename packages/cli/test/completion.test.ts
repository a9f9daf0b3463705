import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { CommandLines } from './command-lines.js'
import { STORES, StoreApp } from './store-app.js'

/** What can stand in the place of the last word, without what it means. */
async function completed(commands: CommandLines, ...lines: readonly string[]): Promise<readonly string[][]> {
  const ended = await commands.run(lines.map((line) => ['complete', '--', ...line.split(' ')]))
  expect(ended.map(({ code, stderr }) => [code, stderr])).toEqual(ended.map(() => [0, '']))
  return ended.map(({ stdout }) =>
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t')[0] ?? ''),
  )
}

test('commands, options, choices, files, queues and ids are completed', async () => {
  await using app = new StoreApp(STORES.sqlite)
  await using commands = new CommandLines(app)
  // Nothing is there yet, and to ask makes nothing.
  expect(await completed(commands, 'show ')).toEqual([['']])
  await app.enqueue([['quick', 'a']], 'mail-in', { taskId: 'one' })
  await app.enqueue([['quick', 'a']], 'mail-out', { taskId: 'two', delayBy: '1h' })
  await app.enqueue([['quick', 'a']], 'mail-out', { taskId: 'of two words' })
  await app.inside('declare')
  expect(
    await completed(
      commands,
      ...['st', 'schedules p', 'list --st', 'list --state ', 'list --state=d', 'completion f'],
      ...['worker ', 'list --import ', 'enqueue '],
      ...['show ', 'show t', 'expedite ', 'retry ', 'schedules run cl'],
      ...['list --queue ', 'worker --queue all,mail-o', 'drop mail-i', 'list --queue=mail-o'],
    ),
  ).toEqual([
    ...[['status'], ['pause'], ['--state-store', '--state']],
    ...[['running', 'waiting', 'delayed', 'dead'], ['--state=delayed', '--state=dead'], ['fish']],
    ...[[':files'], [':files'], ['']],
    ...[['one', 'two'], ['two'], ['two'], [''], ['clean-up']],
    ...[['all', 'mail-in', 'mail-out'], ['all,mail-out'], ['mail-in'], ['--queue=mail-out']],
  ])
})

test('bash completes with nothing but itself, also what it takes for several words', async () => {
  await using app = new StoreApp(STORES.sqlite)
  await app.enqueue([['quick', 'a']], 'mail:eu', { taskId: 'one' })
  const script = `
    alligator() { "${process.execPath}" "${app.bin('alligator')}" "$@"; }
    source <(alligator completion bash)
    for line in 'alligator sta' 'alligator list --queue mail:e' 'alligator show --conn ${app.dsn} ' 'alligator worker ./gat'; do
      COMP_LINE=$line COMP_POINT=\${#line}
      _alligator
      printf '%s;' "\${COMPREPLY[@]}"
      echo
    done`
  const env = { ...process.env, ALLIGATOR_CONN: app.dsn }
  const bash = await promisify(execFile)('bash', ['--norc', '-c', script], { env, cwd: app.folder })
  expect(bash.stderr).toBe('')
  const [commands, queues, ids, files] = bash.stdout.split('\n')
  expect([commands, queues, ids]).toEqual(['status;', 'eu;', 'one;'])
  expect(files?.split(';')).toEqual(expect.arrayContaining(['./gator.js', './gator.cjs']))
})

test('there is a script for each shell', async () => {
  await using app = new StoreApp(STORES.sqlite)
  await using commands = new CommandLines(app)
  const shells = ['bash', 'zsh', 'fish', 'powershell', 'tcsh'].map((shell) => ['completion', shell])
  const ended = await commands.run(shells)
  expect(ended.map(({ code, stdout }) => [code, stdout.includes('complete -- ')])).toEqual([
    ...shells.slice(1).map(() => [0, true]),
    [2, false],
  ])
})
