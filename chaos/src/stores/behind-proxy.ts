import { Proxy, type Server } from '@alligator/testbed'
import type { Store } from './store.js'

/** A server with a proxy in front of it, as the store of a trial. */
export async function behindProxy(server: Server, env: NodeJS.ProcessEnv = {}, query = ''): Promise<Store> {
  const proxy = await Proxy.to(server.port)
  return {
    dsn: server.dsnVia(proxy) + query,
    directDsn: server.dsn + query,
    env,
    proxy,
    kill: () => server.stop('SIGKILL'),
    restart: () => server.start(),
    async stop() {
      await server.close()
      await proxy.close()
    },
  }
}
