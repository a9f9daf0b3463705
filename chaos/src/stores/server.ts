import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { now } from '../app/journal.js'
import { Child } from '../processes.js'
import { Proxy } from '../proxy.js'
import type { Premises } from './store.js'

/** Seconds in which a server must listen, also when it has much to read first. */
const START_LIMIT = 30

/** A server of a trial's own on a free port, with a proxy in front of it, which can be killed and started again. */
export class Server {
  readonly port: number
  readonly proxy: Proxy
  readonly #command: readonly string[]
  readonly #premises: Premises
  #child: Child | undefined

  /** Starts what this command, which is given the port, says. */
  static async start(command: (port: number) => readonly string[], premises: Premises): Promise<Server> {
    const port = await freePort()
    const server = new Server(port, await Proxy.to(port), command(port), premises)
    await server.restart()
    return server
  }

  private constructor(port: number, proxy: Proxy, command: readonly string[], premises: Premises) {
    this.port = port
    this.proxy = proxy
    this.#command = command
    this.#premises = premises
  }

  async kill(): Promise<void> {
    await this.#child?.kill()
  }

  /** Starts it, unless it runs. */
  async restart(): Promise<void> {
    if (this.#child?.isAlive) return
    const { logs, env } = this.#premises
    const child = new Child('server', this.#command, join(logs, 'server.log'), {
      env: { ...process.env, ...env },
    })
    this.#child = child
    const end = now() + START_LIMIT
    while (!(await accepts(this.port))) {
      if (now() > end || !child.isAlive)
        throw new Error(`${this.#command[0]} does not listen on port ${this.port}.`)
      await pause(10)
    }
  }

  async stop(): Promise<void> {
    await this.kill()
    await this.proxy.stop()
  }
}

/** What a command says of its version. */
export function versionOf(command: string, flag: string, pattern: RegExp): string {
  try {
    return pattern.exec(execFileSync(command, [flag], { encoding: 'utf8' }))?.[1] ?? 'of unknown version'
  } catch {
    return 'not installed'
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
