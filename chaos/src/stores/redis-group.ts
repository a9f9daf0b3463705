import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Premises, type Server, until } from '@alligator/testbed'
import { Redis } from 'ioredis'

/** Seconds that servers may take to find to one another again. */
const LIMIT = 60

/** The premises of one server among several. */
export function roomOf({ folder, log, env }: Required<Premises>, name: string): Required<Premises> {
  const room = join(folder, name)
  mkdirSync(room)
  return { folder: room, log: log.replace(/\.log$/, `-${name}.log`), env }
}

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

/** Waits until something is so; a server that cannot answer yet does not say so. */
export async function settled(what: () => Promise<boolean>): Promise<void> {
  const look = async () => {
    const isSo = await what().catch(() => false)
    if (!isSo) await pause(100)
    return isSo
  }
  await until(look, LIMIT)
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
