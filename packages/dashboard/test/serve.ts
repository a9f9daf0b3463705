import { once } from 'node:events'
import { type RequestListener, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Serves on a free port, and gives the address of what is served. */
export async function serve(
  listener: RequestListener,
  port = 0,
): Promise<{ home: string; close: () => void }> {
  const server = createServer(listener).listen(port, '127.0.0.1')
  await once(server, 'listening')
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { home: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close }
}
