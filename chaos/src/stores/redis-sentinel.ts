import { type Server, redisVersion, startRedis, startSentinel } from '@alligator/testbed'
import { roomOf, settled } from './group.js'
import { ask, follows, killAndReplace } from './redis-group.js'
import type { Group, StoreKind } from './store.js'

const SETTINGS = { appendonly: 'yes', 'repl-diskless-sync-delay': '0' }
/** Milliseconds. */
const TIMES = { 'down-after-milliseconds': 1000, 'failover-timeout': 3000 }
/** What is promised must be on the replica: without it Redis throws away what it had not passed on. */
const QUERY = '&ack_replicas=1&timeout=3s'

export const redisSentinel: StoreKind = {
  name: 'redis-sentinel',
  setup: 'a master, a replica and a sentinel, with ?ack_replicas=1',
  inProcess: false,
  file: false,
  network: false,
  restarts: false,
  ownClock: false,
  disk: false,
  group: 'sentinel',
  doublesEnqueueings: false,
  exactCounts: true,
  renews: true,
  inOrder: true,
  version: async () => redisVersion(),
  async start(premises) {
    const master = await startRedis(SETTINGS, roomOf(premises, 'one'))
    const replicaof = `127.0.0.1 ${master.port}`
    const replica = await startRedis({ ...SETTINGS, replicaof }, roomOf(premises, 'two'))
    await settled(() => follows(replica))
    const sentinel = await startSentinel(master, TIMES)
    await settled(async () => (await namesIn(sentinel, 'replicas')).length > 0)
    const dsn = sentinel.dsn + QUERY
    const stop = async () => {
      for (const server of [sentinel, replica, master]) await server.close()
    }
    return { dsn, directDsn: dsn, env: {}, group: new SentinelGroup(sentinel, [master, replica]), stop }
  },
}

function namesIn(sentinel: Server, what: string): Promise<unknown[]> {
  return ask(sentinel, async (redis) => (await redis.call('sentinel', what, 'main')) as unknown[])
}

class SentinelGroup implements Group {
  readonly #sentinel: Server
  readonly #servers: readonly Server[]

  constructor(sentinel: Server, servers: readonly Server[]) {
    this.#sentinel = sentinel
    this.#servers = servers
  }

  async failOver(): Promise<void> {
    const master = await this.#master()
    // It refuses while it is not sure of the replica.
    await settled(async () => (await namesIn(this.#sentinel, 'failover')).length > 0)
    await this.#replaced(master)
    await settled(() => follows(master))
  }

  async killMaster(): Promise<void> {
    const master = await this.#master()
    await killAndReplace(master, () => this.#isReplaced(master))
  }

  async stallMaster(): Promise<void> {
    const master = await this.#master()
    master.signal('SIGSTOP')
    await this.#replaced(master)
    master.signal('SIGCONT')
    await settled(() => follows(master))
  }

  async #master(): Promise<Server> {
    const [, port] = await namesIn(this.#sentinel, 'get-master-addr-by-name')
    const master = this.#servers.find((server) => server.port === Number(port))
    if (!master)
      throw new Error(`The sentinel names a master that nobody has started, on port ${String(port)}.`)
    return master
  }

  #replaced(master: Server): Promise<void> {
    return settled(() => this.#isReplaced(master))
  }

  async #isReplaced(master: Server): Promise<boolean> {
    return (await this.#master()) !== master
  }
}
