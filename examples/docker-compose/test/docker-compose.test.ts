import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Child, Opened, TemporaryFolder, freePort, startRedis, until } from '@alligator/testbed'
import { parse } from 'yaml'

interface Service {
  readonly build?: string
  readonly image?: string
  readonly command: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly ports?: readonly string[]
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly stop_grace_period?: string
  readonly healthcheck?: { readonly test: readonly string[] }
  readonly volumes?: readonly string[]
}
interface Compose {
  readonly services: Readonly<Record<'app' | 'worker' | 'redis', Service>>
  readonly volumes: Readonly<Record<string, unknown>>
}

const example = join(__dirname, '..')
const read = (file: string) => readFileSync(join(example, file), 'utf8')
const { services, volumes } = parse(read('compose.yaml')) as Compose
const opened = new Opened()
const folder = new TemporaryFolder('compose')

afterAll(async () => {
  await opened.closeAll()
  folder.remove()
})

/** What compose would start, on this machine, with another Redis and other ports than the file says. */
function start(name: 'app' | 'worker', redis: string, changes: Readonly<Record<string, string>>): Child {
  const { command, environment } = services[name]
  const words = command.map((word) => changes[word] ?? word)
  const env = { ...process.env, ...environment, ALLIGATOR_CONN: redis, ...changes }
  return opened.use(new Child(name, words, { cwd: example, env, log: folder.file(name) }), (child) =>
    child.kill(),
  )
}

const logOf = (name: string) => readFileSync(folder.file(name), 'utf8')

test('what compose.yaml starts does its work together, and what it asks of a worker is answered', async () => {
  const redis = opened.use(await startRedis(), (server) => server.stop())
  const dsn = `redis://127.0.0.1:${redis.port}/0`
  const [port, health] = [String(await freePort()), String(await freePort())]
  start('app', dsn, { HOST: '127.0.0.1', PORT: port })
  const worker = start('worker', dsn, { '--health-port=9000': `--health-port=127.0.0.1:${health}` })
  await until(() => logOf('app').includes('http://'))

  const home = `http://127.0.0.1:${port}/`
  const ordered = await fetch(home, { method: 'POST', body: new URLSearchParams({ topic: 'frogs' }) })
  expect(await ordered.text()).toContain('<form method="post">')
  expect(await (await fetch(`${home}queues`)).text()).toContain('<title>Alligator</title>')
  await until(() => logOf('worker').includes('The report on frogs is written.'), 30)

  const probe = services.worker.healthcheck?.test.join(' ') ?? ''
  const [, asked, path] = /http:\/\/127\.0\.0\.1:(\d+)([^']+)/.exec(probe) ?? []
  expect(services.worker.command).toContain(`--health-port=${asked}`)
  expect((await fetch(`http://127.0.0.1:${health}${path}`)).status).toBe(200)
  expect(await worker.end()).toBe(0)
})

test('a worker has more time to end in than it takes', () => {
  expect(services.worker.command.join(' ')).not.toContain('--shutdown-timeout')
  expect(Number.parseInt(services.worker.stop_grace_period ?? '', 10)).toBeGreaterThan(30)
})

test('what compose.yaml names is there', () => {
  const { app, worker, redis } = services
  for (const { build, depends_on, environment } of [app, worker]) {
    expect(build).toBe('.')
    expect(Object.keys(depends_on ?? {}).filter((name) => !(name in services))).toEqual([])
    expect(environment?.['ALLIGATOR_CONN']).toBe('redis://redis:6379/0')
  }
  expect(app.ports).toEqual(['127.0.0.1:3000:3000'])
  expect((redis.volumes ?? []).map((volume) => volume.split(':')[0])).toEqual(Object.keys(volumes))
  expect(existsSync(join(example, 'Dockerfile'))).toBe(true)
  // Without them tests and what this machine has installed would go into the image.
  expect(read('.dockerignore').trim().split('\n')).toEqual(['node_modules', 'test'])
})
