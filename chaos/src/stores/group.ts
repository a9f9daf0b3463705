import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Premises, until } from '@alligator/testbed'

/** Seconds that servers may take to find to one another again. */
const LIMIT = 60

/** The premises of one server among several. */
export function roomOf({ folder, log, env }: Required<Premises>, name: string): Required<Premises> {
  const room = join(folder, name)
  mkdirSync(room)
  return { folder: room, log: log.replace(/\.log$/, `-${name}.log`), env }
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
