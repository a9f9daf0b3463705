import { once } from 'node:events'
import { type Socket, connect, createServer } from 'node:net'

/** Stands between clients and a server, and does to their connections what networks do. */
export class Proxy {
  /** The port that clients connect to. */
  port = 0
  /** The port that connections go to; those that are open stay where they are. */
  target: number
  readonly #server = createServer((client) => this.#join(client))
  readonly #sockets = new Set<Socket>()
  /** Those of them that lead to the server. */
  readonly #answering = new Set<Socket>()

  constructor(target: number) {
    this.target = target
  }

  async start(): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    const address = this.#server.address()
    this.port = typeof address === 'object' && address ? address.port : 0
  }

  /** Cuts every connection that is open now. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Passes nothing on any more through the connections that are open now, and does not end them. */
  silence(): void {
    for (const socket of this.#sockets) socket.unpipe().pause()
  }

  /** Passes on what is asked through the connections that are open now, and no answer. */
  swallowAnswers(): void {
    for (const socket of this.#answering) socket.unpipe().resume()
  }

  async stop(): Promise<void> {
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #join(client: Socket): void {
    const server = connect(this.target, '127.0.0.1')
    this.#answering.add(server)
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        this.#sockets.delete(socket)
        this.#answering.delete(socket)
        other.destroy()
      })
      socket.pipe(other)
    }
  }
}
