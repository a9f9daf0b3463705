// The servers that the tests need. A service is `{ name, start }`; `start()` resolves with the environment
// variables that tell the tests where it listens (127.0.0.1, a free port), or throws with the way to install
// it. Whatever it starts through process.mjs ends with the test run.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { installed, unpacked } from './requirements.mjs'

/** What Debian reads before it makes a PostgreSQL server. */
const CLUSTERS = '/etc/postgresql-common/createcluster.d'

/** Debian's package would make a server, and start it now and whenever the machine starts. Nobody has asked for one. */
function refuseCluster() {
  mkdirSync(CLUSTERS, { recursive: true })
  writeFileSync(join(CLUSTERS, 'alligator.conf'), 'create_main_cluster = false\n')
}

const services = [
  // Its tests start servers of their own: alone, as replicas, as a cluster.
  { name: 'redis-server', start: () => installed('redis-server', 'redis-server', 'brew install redis') },
  // Its tests start servers of their own, and kill them.
  {
    name: 'beanstalkd',
    start: () => installed('beanstalkd', 'beanstalkd', 'brew install beanstalkd', { flag: '-v' }),
  },
  // Its tests start servers of their own, alone and behind PgBouncer.
  {
    name: 'PostgreSQL',
    start: () => installed('postgres', 'postgresql', 'brew install postgresql', { prepare: refuseCluster }),
  },
  { name: 'pgbouncer', start: () => installed('pgbouncer', 'pgbouncer', 'brew install pgbouncer') },
  // No server, but what a test of the example's pages needs.
  { name: 'chromium', start: () => installed('chromium', 'chromium', 'brew install --cask chromium') },
  // What checks metrics and alerts; its package would start a server.
  { name: 'promtool', start: () => unpacked('promtool', 'prometheus', 'brew install prometheus') },
  // Some tests set the clocks of the processes that they start.
  { name: 'faketime', start: () => installed('faketime', 'faketime', 'brew install libfaketime') },
]

/** Starts every service and resolves with the environment for the tests, and with what could not be started. */
export async function startServices() {
  const started = []
  // One after the other: apt-get cannot run twice at once.
  for (const service of services) started.push(...(await Promise.allSettled([service.start()])))
  const env = Object.assign({}, ...started.map((result) => result.value ?? {}))
  const problems = started.flatMap((result, index) =>
    result.status === 'rejected' ? [`${services[index].name}: ${result.reason.message}`] : [],
  )
  return { env, problems }
}
