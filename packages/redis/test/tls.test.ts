import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { CERTIFICATE, type Server, startTlsRedis } from '@alligator/testbed'

let server: Server
beforeAll(async () => {
  server = await startTlsRedis()
})
afterAll(() => server.close())

/** What a process of its own gets through `rediss://`. */
function talk(env: NodeJS.ProcessEnv): string {
  const options = { encoding: 'utf8', timeout: 25_000, env: { ...process.env, ...env } } as const
  const { stdout } = spawnSync(process.execPath, [join(__dirname, 'tls-client.mjs'), server.dsn], options)
  return stdout.trim()
}

test('rediss:// speaks TLS to a server whose certificate is trusted', () => {
  expect(talk({ NODE_EXTRA_CA_CERTS: CERTIFICATE })).toBe('over TLS')
})

test('rediss:// refuses a server whose certificate is not', () => {
  expect(talk({ NODE_EXTRA_CA_CERTS: '' })).toBe('STORE_UNAVAILABLE')
})
