import { once } from 'node:events'
import { type Socket, connect, createServer } from 'node:net'

/** Stands between clients and a server, and does to their connections what networks do. */
export class Proxy {
  /** The port that clients connect to. */
  port = 0
  readonly #target: number
  readonly #server = createServer((client) => this.#join(client))
  /** The two ends of each connection: that of the client, and that which leads to the server. */
  readonly #pairs = new Set<readonly [Socket, Socket]>()
  #silent = false

  static async to(target: number): Promise<Proxy> {
    const proxy = new Proxy(target)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    const address = proxy.#server.address()
    proxy.port = typeof address === 'object' && address ? address.port : 0
    return proxy
  }

  private constructor(target: number) {
    this.#target = target
  }

  /** Cuts every connection that is open now. */
  cut(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy()
  }

  /** Passes on what is asked through the connections that are open now, and no answer. */
  swallowAnswers(): void {
    for (const [, server] of this.#pairs) server.unpipe().resume()
  }

  /** Passes nothing on any more, also not through new connections, and ends none. */
  stall(): void {
    this.#silent = true
    for (const pair of this.#pairs) for (const socket of pair) socket.unpipe().pause()
  }

  /** Passes on what has come meanwhile and what comes. */
  resume(): void {
    this.#silent = false
    for (const [client, server] of this.#pairs) client.pipe(server).pipe(client)
  }

  async stop(): Promise<void> {
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #join(client: Socket): void {
    const server = connect(this.#target, '127.0.0.1')
    const pair = [client, server] as const
    this.#pairs.add(pair)
    for (const [socket, other] of [pair, [server, client] as const]) {
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        this.#pairs.delete(pair)
        other.destroy()
      })
      if (!this.#silent) socket.pipe(other)
    }
  }
}
