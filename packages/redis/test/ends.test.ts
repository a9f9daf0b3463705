import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { startRedis } from '@alligator/testbed'
import { RedisClient } from '../src/index.js'

test('a script ends by itself after its last push, and not before that is answered', async () => {
  await using server = await startRedis()
  const options = { encoding: 'utf8', timeout: 25_000 } as const
  const { stdout, status } = spawnSync(
    process.execPath,
    [join(__dirname, 'ends-client.mjs'), server.dsn],
    options,
  )
  expect([stdout, status]).toEqual(['last line\n', 0])
  const client = new RedisClient(server.dsn)
  expect(await client.len('all')).toBe(501)
  await client.close()
})
