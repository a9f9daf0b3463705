import { Opened, Proxy, type Server, startPgBouncer, startPostgres } from '@alligator/testbed'
import pg from 'pg'
import { PostgresClient } from '../src/index.js'

const opened = new Opened()

export async function serve(): Promise<Server> {
  return opened.use(await startPostgres(), (server) => server.close())
}

export async function pooled(server: Server): Promise<Server> {
  return opened.use(await startPgBouncer(server), (bouncer) => bouncer.close())
}

export function clientOf(dsn: string): PostgresClient {
  return opened.use(new PostgresClient(dsn), (client) => client.close())
}

export async function proxyTo(server: Server): Promise<{ proxy: Proxy; client: PostgresClient }> {
  const proxy = opened.use(await Proxy.to(server.port), (one) => one.close())
  return { proxy, client: clientOf(`${server.dsnVia(proxy)}?timeout=1s`) }
}

/** A connection beside those of the clients. */
export async function admin(server: Server): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: server.dsn })
  client.on('error', () => undefined)
  await client.connect()
  return opened.use(client, () => client.end())
}

/** Closes all that was opened. */
export async function closeAll(): Promise<void> {
  await opened.closeAll()
}
