import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { find } from '#places'
import { freePort } from '../free-port.js'
import { type Premises, Server, started } from './server.js'
import { unprivileged } from './unprivileged.js'

/** Starts a PgBouncer before a PostgreSQL server, which lends a connection for each transaction. */
export async function startPgBouncer(postgres: Server, premises?: Premises): Promise<Server> {
  const settings = (port: number) => [
    '[databases]',
    `* = host=127.0.0.1 port=${postgres.port} user=postgres`,
    '[pgbouncer]',
    'auth_type = any',
    'pool_mode = transaction',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
  ]
  const file = 'pgbouncer.ini'
  const kind = {
    name: 'pgbouncer',
    furnish: (folder: string, port: number) => writeFileSync(join(folder, file), settings(port).join('\n')),
    command: (_: number, folder: string) => [find('pgbouncer') ?? 'pgbouncer', join(folder, file)],
    dsn: (port: number) => `postgres://postgres@127.0.0.1:${port}/postgres`,
    user: unprivileged(),
  }
  return started(new Server(kind, await freePort(), premises))
}
