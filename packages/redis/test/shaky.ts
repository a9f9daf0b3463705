import { setTimeout as pause } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { RedisClient } from '../src/index.js'
import { Proxy } from './proxy.js'
import { type RedisServer, startRedis } from './redis-server.js'

/** Looks, and milliseconds between them, until something must have come true. */
const LOOKS = 500
const LOOK_EVERY = 10

const open: { close(): unknown }[] = []

/** Closes it after the test, last opened first. */
function use<T>(thing: T, close: (thing: T) => unknown): T {
  open.unshift({ close: () => close(thing) })
  return thing
}

export async function serve(settings: Record<string, string> = {}): Promise<RedisServer> {
  return use(await startRedis(settings), (server) => server.stop())
}

export function clientOf(dsn: string): RedisClient {
  return use(new RedisClient(dsn), (client) => client.close())
}

export async function proxyTo(port: number): Promise<{ proxy: Proxy; client: RedisClient }> {
  const proxy = use(new Proxy(port), (one) => one.stop())
  await proxy.start()
  return { proxy, client: clientOf(`redis://127.0.0.1:${proxy.port}/0?timeout=500ms`) }
}

export function admin(port: number): Redis {
  return use(new Redis(port), (redis) => redis.disconnect())
}

export async function until(check: () => Promise<boolean>): Promise<void> {
  for (let look = 0; look < LOOKS; look += 1) {
    if (await check()) return
    await pause(LOOK_EVERY)
  }
  throw new Error('It did not come true.')
}

/** Closes all that was opened. */
export async function closeAll(): Promise<void> {
  for (const { close } of open.splice(0)) await close()
}
