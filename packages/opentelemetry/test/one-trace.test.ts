import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Server, startRedis, until } from '@alligator/testbed'

interface PrintedSpan {
  readonly name: string
  readonly pid: number
  readonly traceId: string
  readonly spanId: string
  readonly parent?: string
}

const APP = join(__dirname, 'apps/traced')
const spans: PrintedSpan[] = []
const children: ChildProcess[] = []
let redis: Server

beforeAll(async () => {
  redis = await startRedis()
})
afterAll(async () => {
  for (const child of children.filter(({ exitCode }) => exitCode === null)) {
    const ended = once(child, 'exit')
    child.disconnect()
    await ended
  }
  await redis.close()
})

function start(script: string): ChildProcess {
  const child = fork(join(APP, script), { env: { ...process.env, REDIS_DSN: redis.dsn }, silent: true })
  children.push(child)
  if (child.stdout) createInterface(child.stdout).on('line', (line) => spans.push(JSON.parse(line)))
  child.stderr?.pipe(process.stderr)
  return child
}

/** What a child says first; its end is an error. */
async function saidBy(child: ChildProcess): Promise<unknown> {
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`It ended with ${code}.`)))
  const [said] = await Promise.race([once(child, 'message'), ended])
  return said
}

test('one trace leads from a request through Redis to a task in another process, and on to the task that it enqueues', async () => {
  const server = start('server.js')
  const port = (await saidBy(server)) as number
  const worker = start('worker.js')
  const mailed = saidBy(worker)
  const response = await fetch(`http://127.0.0.1:${port}/posts`, { method: 'POST' })
  expect(response.status).toBe(202)
  await mailed
  await until(() => spans.length === 5)

  const tree = (parent: string | undefined, depth: number): string[] =>
    spans
      .filter((span) => span.parent === parent)
      .flatMap(({ name, pid, spanId }) => [
        `${'  '.repeat(depth)}${name} (${pid === server.pid ? 'server' : 'worker'})`,
        ...tree(spanId, depth + 1),
      ])
  const printed = tree(undefined, 0)
  expect(printed).toEqual([
    'POST /posts (server)',
    '  send all (server)',
    '    process all (worker)',
    '      send all (worker)',
    '        process all (worker)',
  ])
  expect(readFileSync(join(__dirname, '../../../docs/telemetry.md'), 'utf8')).toContain(printed.join('\n'))
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1)
})
