import { describeClient } from '@alligator/conformance'
import { type Server, startRedisCluster } from '@alligator/testbed'
import { Cluster } from 'ioredis'
import { RedisClient } from '../src/index.js'

let nodes: readonly Server[] = []

beforeAll(async () => {
  nodes = await startRedisCluster()
})

afterAll(() => Promise.all(nodes.map((node) => node.close())))

describeClient('redis as a cluster of three nodes', {
  create() {
    const hosts = nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')
    return { client: () => new RedisClient(`redis://${hosts}?cluster`) }
  },
  runs: 10,
})

describe("a Cluster of the app's own", () => {
  it('is shared, and left open', async () => {
    const cluster = new Cluster(nodes.map(({ port }) => ({ host: '127.0.0.1', port })))
    const client = new RedisClient(cluster)
    await client.push('one', 'task-1', 'data')
    await client.push('two', 'task-1', 'data')
    expect(await client.listing.queues()).toEqual(['one', 'two'])
    const taken = await client.reserve(['one', 'two'], { lease: 30, limit: 5, wait: 5 })
    expect(taken.map(({ queue }) => queue)).toEqual(['one', 'two'])
    expect(await client.ack(taken)).toEqual([])
    await client.close()
    expect(cluster.status).toBe('ready')
    cluster.disconnect()
  })
})
