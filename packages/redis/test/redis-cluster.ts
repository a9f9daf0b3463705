import { spawnSync } from 'node:child_process'
import { type RedisServer, startRedis } from './redis-server.js'

/** Starts three nodes and makes a cluster of them. */
export async function startCluster(): Promise<RedisServer[]> {
  const settings = { 'cluster-enabled': 'yes', 'cluster-node-timeout': '2000' }
  const nodes = await Promise.all([1, 2, 3].map(() => startRedis(settings)))
  const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`)
  const args = ['--cluster', 'create', ...addresses, '--cluster-yes']
  const { status, stdout } = spawnSync('redis-cli', args, { encoding: 'utf8', timeout: 20_000 })
  if (status === 0) return nodes
  await Promise.all(nodes.map((node) => node.stop()))
  throw new Error(`The cluster could not be made: ${stdout}`)
}
