import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { Redis } from 'ioredis'
import { within } from '../within.js'
import { freePort } from './free-port.js'
import type { Probe, RunningStore, Store } from './store.js'

const INSTALL =
  'redis-server could not be started. Install it (Debian: apt-get install redis-server) and run again.'

/** Its own server, without persistence. */
async function spawnServer(port: number): Promise<ChildProcess> {
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const server = spawn('redis-server', settings, { stdio: ['ignore', 'pipe', 'ignore'] })
  process.once('exit', () => server.kill())
  const lines = createInterface({ input: server.stdout })
  const ready = new Promise<void>((resolve, reject) => {
    lines.on('line', (line) => line.includes('Ready to accept connections') && resolve())
    server
      .on('error', (cause) => reject(new Error(INSTALL, { cause })))
      .on('exit', () => reject(new Error(INSTALL)))
  })
  await within(10, ready, 'The start of redis-server')
  return server
}

async function start(): Promise<RunningStore> {
  const port = await freePort()
  const server = await spawnServer(port)
  const url = `redis://127.0.0.1:${port}`
  const redis = new Redis(url)
  return {
    version: `Redis ${await info(redis, 'server', 'redis_version')}, no persistence`,
    async fresh() {
      await redis.flushall()
      return url
    },
    async stop() {
      redis.disconnect()
      server.kill()
      await once(server, 'exit')
    },
  }
}

async function info(redis: Redis, section: string, field: string): Promise<string> {
  return new RegExp(`^${field}:(.*?)\\r?$`, 'm').exec(await redis.info(section))?.[1] ?? ''
}

function probe(url: string): Probe {
  const redis = new Redis(url)
  let looks = 0
  const number = async (section: string, field: string) => {
    looks += 1
    return Number(await info(redis, section, field))
  }
  return {
    bytes: () => number('memory', 'used_memory'),
    serverCpu: async () =>
      ((await number('cpu', 'used_cpu_user')) + (await number('cpu', 'used_cpu_sys'))) * 1e6,
    commands: async () => (await number('stats', 'total_commands_processed')) - looks,
    close: async () => redis.disconnect(),
  }
}

export const store: Store = { start, probe }
