import { once } from 'node:events'
import { type AddressInfo, type Socket, createServer } from 'node:net'

/** Answers one command, without its line end and body. `undefined`: as a beanstalkd would. */
export type Script = (command: string, socket: Socket) => string | undefined

/** An answer in the server's YAML. */
export function facts(text: string): string {
  return `OK ${Buffer.byteLength(text)}\r\n${text}\r\n`
}

/** Says what it is told to instead of what a beanstalkd would: a hostile server, or whoever answers in its place. */
export class StrangeServer {
  script: Script
  /** The commands that it was sent. */
  readonly commands: string[] = []
  readonly #sockets = new Set<Socket>()
  readonly #server = createServer((socket) => this.#serve(socket))

  static async saying(script: Script): Promise<StrangeServer> {
    const server = new StrangeServer(script)
    server.#server.listen(0, '127.0.0.1')
    await once(server.#server, 'listening')
    return server
  }

  private constructor(script: Script) {
    this.script = script
  }

  get dsn(): string {
    return `beanstalk://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => socket.destroy())
    let received: Buffer[] = []
    let [length, needed] = [0, 0]
    socket.on('data', (chunk) => {
      received.push(chunk)
      length += chunk.length
      if (length < needed) return
      let rest = Buffer.concat(received)
      needed = 0
      for (let end = rest.indexOf('\r\n'); end >= 0 && needed === 0; end = rest.indexOf('\r\n')) {
        const command = rest.toString('latin1', 0, end)
        const after = end + 2 + (command.startsWith('put ') ? Number(command.split(' ').at(-1)) + 2 : 0)
        if (rest.length < after) needed = after
        else {
          rest = rest.subarray(after)
          this.commands.push(command)
          socket.write(this.script(command, socket) ?? usual(command), 'latin1')
        }
      }
      received = [rest]
      length = rest.length
    })
  }
}

/** So much of a beanstalkd that a push is taken. */
function usual(command: string): string {
  const [word, name = ''] = command.split(' ')
  if (word === 'stats') return facts('---\nmax-job-size: 100000000\n')
  if (word === 'use') return `USING ${name}\r\n`
  if (word === 'watch' || word === 'ignore') return 'WATCHING 1\r\n'
  if (word === 'delete') return 'DELETED\r\n'
  return word === 'put' ? 'INSERTED 1\r\n' : ''
}
