import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect as connectSocket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { connect } from '../contenders/beanstalkd/line.js'
import { freePort } from './free-port.js'
import type { Probe, RunningStore, Store } from './store.js'

const INSTALL =
  'beanstalkd could not be started. Install it (Debian: apt-get install beanstalkd) and run again.'
/** Looks, 10 ms apart, at whether it has started. */
const LOOKS = 1000

async function spawnServer(port: number): Promise<ChildProcess> {
  const server = spawn('beanstalkd', ['-l', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' })
  let failure: unknown
  server.on('error', (error) => (failure = error))
  for (let look = 0; look < LOOKS && !failure && server.exitCode === null; look += 1) {
    if (await listens(port)) return server
    await setTimeout(10)
  }
  throw new Error(INSTALL, { cause: failure })
}

async function listens(port: number): Promise<boolean> {
  const socket = connectSocket(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

async function end(server: ChildProcess | undefined): Promise<void> {
  if (!server || server.exitCode !== null || !server.kill()) return
  await once(server, 'exit')
}

/** A new server, which keeps its jobs in memory, for every turn. */
async function start(): Promise<RunningStore> {
  let server: ChildProcess | undefined
  process.once('exit', () => server?.kill())
  return {
    version: `${execFileSync('beanstalkd', ['-v'], { encoding: 'utf8' }).trim()}, no binlog`,
    async fresh() {
      await end(server)
      const port = await freePort()
      server = await spawnServer(port)
      return `beanstalk://127.0.0.1:${port}/`
    },
    stop: () => end(server),
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
