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

  constructor(target: number) {
    this.#target = target
  }

  async start(): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    const address = this.#server.address()
    this.port = typeof address === 'object' && address ? address.port : 0
  }

  /** Cuts every connection that is open now. */
  cut(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy()
  }

  /** Passes nothing on any more through the connections that are open now, and does not end them. */
  silence(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.unpipe().pause()
  }

  /** Passes everything on after a pause of so many milliseconds. */
  stall(milliseconds: number): void {
    const pairs = [...this.#pairs]
    this.silence()
    setTimeout(() => {
      for (const [client, server] of pairs) client.pipe(server).pipe(client)
    }, milliseconds)
  }

  /** Passes on what is asked through the connections that are open now, and no answer. */
  swallowAnswers(): void {
    for (const [, server] of this.#pairs) server.unpipe().resume()
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
      socket.pipe(other)
    }
  }
}
