import {
  follow,
  postgresVersion,
  promote,
  psql,
  startPgBouncer,
  startPostgres,
  startStandby,
} from '@alligator/testbed'
import { roomOf, settled } from './group.js'
import { SETTINGS, open, postgres } from './postgres.js'
import type { StoreKind } from './store.js'

const COMMON = {
  ...postgres,
  network: false,
  restarts: false,
  ownClock: false,
  disk: false,
  version: async () => postgresVersion(),
} satisfies StoreKind

/** What is promised must be on both: without it a new primary lacks what the old one had not passed on. */
const BOTH = { ...SETTINGS, synchronous_standby_names: '*' }

export const postgresStandby: StoreKind = {
  ...COMMON,
  name: 'postgres-standby',
  setup: 'a primary and a standby, with synchronous_standby_names',
  group: 'standby',
  async start(premises) {
    open(premises)
    let primary = await startPostgres(BOTH, roomOf(premises, 'one'))
    let standby = await startStandby(primary, BOTH, roomOf(premises, 'two'))
    const dsn = `postgres://postgres@127.0.0.1:${primary.port},127.0.0.1:${standby.port}/postgres?timeout=3s`
    const follows = () => settled(async () => (await psql(primary.dsn, SYNCHRONOUS)) === '1')
    await follows()
    return {
      ...{ dsn, directDsn: dsn, env: {} },
      group: {
        async killMaster() {
          await primary.stop('SIGKILL')
          await promote(standby)
          ;[primary, standby] = [standby, primary]
          await follow(standby, primary)
          await follows()
        },
      },
      async stop() {
        await standby.close()
        await primary.close()
      },
    }
  },
}

const SYNCHRONOUS = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"

export const postgresPooler: StoreKind = {
  ...COMMON,
  name: 'pgbouncer',
  setup: 'PostgreSQL behind PgBouncer, which lends a connection for each transaction',
  group: 'pooler',
  async start(premises) {
    open(premises)
    const server = await startPostgres(SETTINGS, roomOf(premises, 'server'))
    const pooler = await startPgBouncer(server, roomOf(premises, 'pooler'))
    return {
      ...{ dsn: `${pooler.dsn}?timeout=3s`, directDsn: server.dsn, env: {} },
      group: { restartPooler: () => pooler.restart('SIGKILL') },
      async stop() {
        await pooler.close()
        await server.close()
      },
    }
  },
}
