import { execFileSync } from 'node:child_process'
import { type Server, beanstalkVersion, startBeanstalk } from '@alligator/testbed'
import { connect } from '../contenders/beanstalkd/line.js'
import type { Probe, RunningStore, Store } from './store.js'

/** A new server, which keeps its jobs in memory, for every turn. */
async function start(): Promise<RunningStore> {
  let server: Server | undefined
  return {
    version: `${beanstalkVersion()}, no binlog`,
    async fresh() {
      await server?.close()
      server = await startBeanstalk({ keepsJobs: false })
      return server.dsn
    },
    async stop() {
      await server?.close()
    },
  }
}

function probe(url: string): Probe {
  const line = connect(url)
  const stats = async () => (await line).stats()
  return {
    async bytes() {
      // The server does not say; the system does.
      const kilobytes = execFileSync('ps', ['-o', 'rss=', '-p', String((await stats()).pid)])
      return Number(kilobytes) * 1024
    },
    async serverCpu() {
      const now = await stats()
      return (Number(now['rusage-utime']) + Number(now['rusage-stime'])) * 1e6
    },
    async commands() {
      const counts = Object.entries(await stats()).filter(
        ([name]) => name.startsWith('cmd-') && name !== 'cmd-stats',
      )
      return counts.reduce((sum, [, count]) => sum + Number(count), 0)
    },
    close: async () => (await line).end(),
  }
}

export const store: Store = { start, probe }
