import { type Server, redisVersion, startRedisCluster } from '@alligator/testbed'
import { settled } from './group.js'
import { ask, killAndReplace } from './redis-group.js'
import type { Group, StoreKind } from './store.js'

/** Which all of the load's keys share, by their tag. */
const KEY = 'alligator:{all}:tasks'
/** Keys that one step moves. */
const MOST_MOVED = 10

export const redisCluster: StoreKind = {
  name: 'redis-cluster',
  setup: 'three masters, each with a replica',
  inProcess: false,
  file: false,
  network: false,
  restarts: false,
  ownClock: false,
  disk: false,
  group: 'cluster',
  doublesEnqueueings: false,
  exactCounts: true,
  renews: true,
  inOrder: true,
  version: async () => redisVersion(),
  async start() {
    const nodes = await startRedisCluster(1)
    for (const node of nodes)
      await settled(async () => /cluster_state:ok/.test(await ask(node, (redis) => redis.cluster('INFO'))))
    const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`).join()
    const dsn = `redis://${addresses}?cluster&timeout=3s`
    const stop = async () => {
      for (const node of nodes) await node.close()
    }
    return { dsn, directDsn: dsn, env: {}, group: new ClusterGroup(nodes), stop }
  },
}

class ClusterGroup implements Group {
  readonly #nodes: readonly Server[]

  constructor(nodes: readonly Server[]) {
    this.#nodes = nodes
  }

  async killMaster(): Promise<void> {
    const [master] = await this.#masters(this.#nodes[0])
    const other = this.#nodes.find((node) => node !== master)
    await killAndReplace(master, async () => (await this.#masters(other))[0] !== master)
  }

  /** A part of the keys at a time, so that there are moments when some are here and some are there. */
  async moveSlots(): Promise<void> {
    const [source, target] = await this.#masters(this.#nodes[0])
    if (!target) throw new Error('There is no other master to move the slot to.')
    await ask(source, (from) =>
      ask(target, async (to) => {
        const slot = await from.cluster('KEYSLOT', KEY)
        const [sourceId, targetId] = [await from.cluster('MYID'), await to.cluster('MYID')]
        await to.cluster('SETSLOT', slot, 'IMPORTING', sourceId)
        await from.cluster('SETSLOT', slot, 'MIGRATING', targetId)
        for (;;) {
          const keys = await from.cluster('GETKEYSINSLOT', slot, MOST_MOVED)
          if (keys.length === 0) break
          await from.call('MIGRATE', '127.0.0.1', target.port, '', 0, 5000, 'KEYS', ...keys)
        }
        await to.cluster('SETSLOT', slot, 'NODE', targetId)
        await from.cluster('SETSLOT', slot, 'NODE', targetId)
      }),
    )
    await settled(async () => (await this.#masters(source))[0] === target)
  }

  /** The master that has the load's keys, and another one, as a node knows them. */
  async #masters(node: Server | undefined): Promise<readonly [owner: Server, other: Server | undefined]> {
    if (!node) throw new Error('The cluster has no node.')
    const [slot, ranges] = await ask(node, async (redis) => {
      return [await redis.cluster('KEYSLOT', KEY), await redis.cluster('SLOTS')] as const
    })
    const range = ranges.find(([first, last]) => first <= slot && slot <= last)
    const owner = this.#at(range?.[2]?.[1])
    if (!owner) throw new Error(`Nobody has slot ${slot}.`)
    return [owner, this.#at(ranges.find(([, , master]) => master?.[1] !== owner.port)?.[2]?.[1])]
  }

  #at(port: number | undefined): Server | undefined {
    return this.#nodes.find((node) => node.port === port)
  }
}
