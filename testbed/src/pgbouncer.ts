import { chownSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { find } from '#places'
import { freePort } from './free-port.js'
import { Server, started } from './server.js'
import { unprivileged } from './unprivileged.js'

/** Starts a PgBouncer before a PostgreSQL server, which lends a connection for each transaction. */
export async function startPgBouncer(postgres: Server): Promise<Server> {
  const user = unprivileged()
  const kind = {
    debian: 'pgbouncer',
    command: (_: number, folder: string) => [find('pgbouncer') ?? 'pgbouncer', join(folder, 'pgbouncer.ini')],
    dsn: (port: number) => `postgres://postgres@127.0.0.1:${port}/postgres`,
    user,
  }
  const bouncer = new Server(kind, await freePort())
  const settings = [
    '[databases]',
    `* = host=127.0.0.1 port=${postgres.port} user=postgres`,
    '[pgbouncer]',
    'auth_type = any',
    'pool_mode = transaction',
    'listen_addr = 127.0.0.1',
    `listen_port = ${bouncer.port}`,
    'unix_socket_dir =',
  ]
  const file = join(bouncer.folder, 'pgbouncer.ini')
  writeFileSync(file, `${settings.join('\n')}\n`)
  if (user) chownSync(bouncer.folder, user.uid, user.gid)
  return started(bouncer)
}
