import { once } from 'node:events'
import { type AddressInfo, type Socket, connect, createServer } from 'node:net'

/**
 * Stands between clients and a server, and does to their connections what networks do. Connections pass everything on both
 * ways until something befalls them: `silence`, `swallowAnswers` and `cut` are for those that are open now, and for
 * good; a `stall` is for all, new ones too, and ends with `resume`.
 */
export class Proxy implements AsyncDisposable {
  /** The port that new connections lead to. Those that are open stay where they are. */
  target: number
  readonly #server = createServer((client) => this.#join(client))
  readonly #connections = new Set<Connection>()
  #isStalled = false

  /** Opens a proxy before the server that listens on this port. */
  static async to(target: number): Promise<Proxy> {
    const proxy = new Proxy(target)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  private constructor(target: number) {
    this.target = target
  }

  /** The port that clients connect to. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Ends the connections that are open now, for both sides. */
  cut(): void {
    for (const connection of this.#connections) connection.end()
  }

  /** Passes nothing on any more through the connections that are open now, and does not end them: only new ones work. */
  silence(): void {
    this.#limit('nothing')
  }

  /** Passes on what is asked through the connections that are open now, and drops the answers. */
  swallowAnswers(): void {
    this.#limit('questions')
  }

  /** Passes nothing on through any connection, new ones too, until `resume`. */
  stall(): void {
    this.#isStalled = true
    for (const connection of this.#connections) connection.flow(true)
  }

  /** Ends a stall, and passes on what was sent meanwhile. */
  resume(): void {
    this.#isStalled = false
    for (const connection of this.#connections) connection.flow(false)
  }

  /** Cuts every connection, and takes no more. */
  async close(): Promise<void> {
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #limit(passes: Connection['passes']): void {
    for (const connection of this.#connections) {
      connection.passes = passes
      connection.flow(this.#isStalled)
    }
  }

  #join(client: Socket): void {
    const connection = new Connection(client, connect(this.target, '127.0.0.1'))
    this.#connections.add(connection)
    connection.onEnd(() => this.#connections.delete(connection))
    connection.flow(this.#isStalled)
  }
}

/** A client's connection, and the one to the server that goes with it. */
class Connection {
  passes: 'everything' | 'questions' | 'nothing' = 'everything'
  readonly #client: Socket
  readonly #server: Socket

  constructor(client: Socket, server: Socket) {
    this.#client = client
    this.#server = server
  }

  onEnd(told: () => void): void {
    for (const socket of [this.#client, this.#server]) {
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        told()
        this.end()
      })
    }
  }

  end(): void {
    this.#client.destroy()
    this.#server.destroy()
  }

  /** Lets data flow as far as it may. */
  flow(isStalled: boolean): void {
    const [client, server] = [this.#client.unpipe(), this.#server.unpipe()]
    if (isStalled || this.passes === 'nothing') {
      client.pause()
      server.pause()
      return
    }
    client.pipe(server)
    if (this.passes === 'everything') server.pipe(client)
    // Nobody listens: what comes is dropped.
    else server.resume()
  }
}
