import { spawnSync } from 'node:child_process'

/** Whom a process can run as. */
export interface User {
  readonly uid: number
  readonly gid: number
}

/** Whom to run a server as that refuses to run as root; `undefined` when this process is not root's. */
export function unprivileged(): User | undefined {
  if (process.getuid?.() !== 0) return undefined
  const user = userNamed('postgres') ?? userNamed('nobody')
  if (!user) throw new Error('There is neither a user postgres nor a user nobody, to run PostgreSQL as.')
  return user
}

function userNamed(name: string): User | undefined {
  const [uid, gid] = ['-u', '-g'].map((flag) => spawnSync('id', [flag, name], { encoding: 'utf8' }))
  return uid?.status === 0 ? { uid: Number(uid.stdout), gid: Number(gid?.stdout) } : undefined
}
