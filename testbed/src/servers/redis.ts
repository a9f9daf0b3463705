import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { files } from '#places'
import { freePort } from '../free-port.js'
import { type Premises, Server, started } from './server.js'
import { versionOf } from './version.js'

/** Another version than that of the PATH, or another server of its kind, such as `valkey-server`. */
const PROGRAM = process.env['ALLIGATOR_REDIS_SERVER'] ?? 'redis-server'

/** Settings of redis.conf. */
type Settings = Readonly<Record<string, string>>

/** Nothing is written to disk unless settings say so. */
const DEFAULTS = { save: '', appendonly: 'no', bind: '127.0.0.1' }

/** Of the server of `startTlsRedis`: self-signed, so that nobody trusts it who was not told to. */
export const CERTIFICATE: string = join(files, 'server.crt')

export function redisVersion(): string {
  const name = PROGRAM.includes('valkey') ? 'Valkey' : 'Redis'
  return `${name} ${versionOf(PROGRAM, '--version', /v=([\d.]+)/)}`
}

/** Starts a redis-server, on a free port unless `settings` name one. */
export async function startRedis(settings: Settings = {}, premises?: Premises): Promise<Server> {
  const port = Number(settings['port'] ?? (await freePort()))
  return start('redis', port, { ...settings, port: String(port) }, premises)
}

/** Starts a redis-server that speaks nothing but TLS, with `CERTIFICATE`. */
export async function startTlsRedis(): Promise<Server> {
  const port = await freePort()
  const settings = {
    ...{ port: '0', 'tls-port': String(port), 'tls-auth-clients': 'no' },
    ...{ 'tls-cert-file': CERTIFICATE, 'tls-ca-cert-file': CERTIFICATE },
    'tls-key-file': join(files, 'server.key'),
  }
  return start('rediss', port, settings)
}

/** Starts a sentinel that watches a redis-server, which it calls `main`; `times` are its settings for that, in milliseconds. */
export async function startSentinel(
  master: Server,
  times: Readonly<Record<string, number>> = {},
): Promise<Server> {
  // It writes to this file what it learns.
  const file = 'sentinel.conf'
  const kind = {
    name: 'redis-server',
    furnish: (folder: string, port: number) =>
      writeFileSync(
        join(folder, file),
        [
          `port ${port}`,
          'bind 127.0.0.1',
          `sentinel monitor main 127.0.0.1 ${master.port} 1`,
          ...Object.entries(times).map(([name, time]) => `sentinel ${name} main ${time}`),
          '',
        ].join('\n'),
      ),
    command: (_: number, folder: string) => [PROGRAM, join(folder, file), '--sentinel'],
    dsn: (at: number) => `redis://127.0.0.1:${at}/0?sentinel=main`,
  }
  return started(new Server(kind, await freePort()))
}

/** Starts three nodes, and so many replicas for each, and makes a cluster of them. */
export async function startRedisCluster(replicas = 0): Promise<readonly Server[]> {
  const nodes = await Promise.all(Array.from({ length: 3 * (1 + replicas) }, startNode))
  const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`)
  const args = ['--cluster', 'create', ...addresses, '--cluster-replicas', String(replicas), '--cluster-yes']
  const { status, stdout } = spawnSync('redis-cli', args, { encoding: 'utf8', timeout: 20_000 })
  if (status === 0) return nodes
  await Promise.all(nodes.map((node) => node.close()))
  throw new Error(`The cluster could not be made: ${stdout}`)
}

async function startNode(): Promise<Server> {
  return startRedis({ 'cluster-enabled': 'yes', 'cluster-node-timeout': '2000', ...(await nodePorts()) })
}

/** Nodes talk to each other on the port plus 10,000, which may be taken, or may be no port at all; Redis 6 knows no other. */
async function nodePorts(): Promise<Settings> {
  if (!/^Redis 6/.test(redisVersion())) return { 'cluster-port': String(await freePort()) }
  for (;;) {
    const port = await freePort()
    if (port + 10_000 < 65_536) return { port: String(port) }
  }
}

function start(scheme: string, port: number, settings: Settings, premises?: Premises): Promise<Server> {
  const kind = {
    name: 'redis-server',
    command: (_: number, folder: string) => [PROGRAM, ...flags({ ...DEFAULTS, ...settings, dir: folder })],
    dsn: (at: number) => `${scheme}://127.0.0.1:${at}/0`,
  }
  return started(new Server(kind, port, premises))
}

function flags(settings: Settings): string[] {
  return Object.entries(settings).flatMap(([name, value]) => [
    `--${name}`,
    ...(value === '' ? [''] : value.split(' ')),
  ])
}
