import { redisVersion, startRedis } from '@alligator/testbed'
import { Redis } from 'ioredis'
import type { Probe, RunningStore, Store } from './store.js'

/** A server of its own, without persistence. */
async function start(): Promise<RunningStore> {
  const server = await startRedis()
  const redis = new Redis(server.port)
  return {
    version: `${redisVersion()}, no persistence`,
    async fresh() {
      await redis.flushall()
      return server.dsn
    },
    async stop() {
      redis.disconnect()
      await server.close()
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
