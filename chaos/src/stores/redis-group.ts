import type { Server } from '@alligator/testbed'
import { Redis } from 'ioredis'
import { settled } from './group.js'

/** Asks one server something, on a connection of its own: it may have been replaced since. */
export async function ask<T>({ port }: { port: number }, question: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(port, { retryStrategy: () => null, maxRetriesPerRequest: 0 })
  redis.on('error', () => undefined)
  try {
    return await question(redis)
  } finally {
    redis.disconnect()
  }
}

/** Whether a server is a replica that has all its master had. */
export async function follows(server: Server): Promise<boolean> {
  const info = await ask(server, (redis) => redis.info('replication'))
  return /role:slave/.test(info) && /master_link_status:up/.test(info)
}

/** Has a master killed, and started again once another one has its place. */
export async function killAndReplace(master: Server, isReplaced: () => Promise<boolean>): Promise<void> {
  await master.stop('SIGKILL')
  await settled(isReplaced)
  await master.start()
  await settled(() => follows(master))
}
