import { Opened, Proxy, type Server, startRedis } from '@alligator/testbed'
import { Redis } from 'ioredis'
import { RedisClient } from '../src/index.js'

const opened = new Opened()

export async function serve(settings: Record<string, string> = {}): Promise<Server> {
  return opened.use(await startRedis(settings), (server) => server.close())
}

export function clientOf(dsn: string): RedisClient {
  return opened.use(new RedisClient(dsn), (client) => client.close())
}

export async function proxyTo(server: Server): Promise<{ proxy: Proxy; client: RedisClient }> {
  const proxy = opened.use(await Proxy.to(server.port), (one) => one.close())
  return { proxy, client: clientOf(`${server.dsnVia(proxy)}?timeout=500ms`) }
}

export function admin(port: number): Redis {
  return opened.use(new Redis(port), (redis) => redis.disconnect())
}

/** Closes all that was opened. */
export async function closeAll(): Promise<void> {
  await opened.closeAll()
}
