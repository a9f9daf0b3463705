import { psql } from '@alligator/testbed'
import { beyondLease } from './beyond-lease.js'
import type { Fault } from './fault.js'

const OTHERS = "FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"

export const endSessions: Fault = {
  name: 'end-sessions',
  title: 'the server ends every session (`pg_terminate_backend`)',
  strikes: ({ name }) => name === 'postgres',
  strike: ({ store, during }) =>
    during('all', () => psql(plain(store.directDsn), `SELECT count(pg_terminate_backend(pid)) ${OTHERS}`)),
}

export const holdSnapshot: Fault = {
  name: 'hold-snapshot',
  title:
    'somebody holds a snapshot for longer than a lease, so that nothing which is finished can be cleared away',
  keepsLeases: true,
  strikes: ({ name }) => name === 'postgres',
  async strike({ store, crew, random, during }) {
    const seconds = beyondLease(crew, random)
    const hold = `BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class; SELECT pg_sleep(${seconds})`
    await during([], () => psql(plain(store.directDsn), hold))
  },
}

/** Without the options that psql does not know. */
function plain(dsn: string): string {
  return dsn.replace(/\?.*/, '')
}
