import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { type RedisServer, freePort, startRedis } from './redis-server.js'

const TLS = join(__dirname, 'tls')
const CERTIFICATE = join(TLS, 'server.crt')

let port: number
let server: RedisServer
beforeAll(async () => {
  port = await freePort()
  server = await startRedis({
    'tls-port': String(port),
    'tls-cert-file': CERTIFICATE,
    'tls-key-file': join(TLS, 'server.key'),
    'tls-ca-cert-file': CERTIFICATE,
    'tls-auth-clients': 'no',
  })
})
afterAll(() => server.stop())

/** What a process of its own gets through `rediss://`. */
function talk(env: NodeJS.ProcessEnv): string {
  const dsn = `rediss://127.0.0.1:${port}/0`
  const options = { encoding: 'utf8', timeout: 25_000, env: { ...process.env, ...env } } as const
  const { stdout } = spawnSync(process.execPath, [join(TLS, 'client.mjs'), dsn], options)
  return stdout.trim()
}

test('rediss:// speaks TLS to a server whose certificate is trusted', () => {
  expect(talk({ NODE_EXTRA_CA_CERTS: CERTIFICATE })).toBe('over TLS')
})

test('rediss:// refuses a server whose certificate is not', () => {
  expect(talk({ NODE_EXTRA_CA_CERTS: '' })).toBe('STORE_UNAVAILABLE')
})
