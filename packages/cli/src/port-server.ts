import { once } from 'node:events'
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import { UsageError } from './failure.js'

/** Where to listen. */
export interface Address {
  /** Absent: on every interface, as those who probe a container come from outside of it. */
  readonly host?: string | undefined
  readonly port: number
}

/** What is answered to who asks for a path. */
interface Answer {
  readonly status: number
  readonly text: string
  /** (Default: plain text) */
  readonly type?: string | null
}

/** By path. */
export type Routes = Readonly<Record<string, () => Answer | Promise<Answer>>>

/** What an option of the command line wants to have answered. */
export interface Wish {
  /** `--health-port`. */
  readonly option: string
  readonly address: Address | undefined
  readonly routes: Routes
}

/** Answers what some options wish for: on one port where they name the same. */
export async function servePorts(wishes: readonly Wish[]): Promise<AsyncDisposable> {
  const servers = new Map<string, PortServer>()
  for (const { option, address, routes } of wishes) {
    if (!address) continue
    const place = `${address.host}:${address.port}`
    const server = servers.get(place) ?? new PortServer(option, address)
    servers.set(place, server)
    server.add(routes)
  }
  const all = [...servers.values()]
  const closeAll = async () => {
    await Promise.all(all.map((server) => server.close()))
  }
  try {
    for (const server of all) await server.open()
  } catch (error) {
    await closeAll()
    throw error
  }
  return { [Symbol.asyncDispose]: closeAll }
}

/** Begins to listen where an option says. @throws UsageError when it cannot have its port. */
export async function listen(server: Server, option: string, address: Address): Promise<void> {
  try {
    server.listen({ ...address })
    await once(server, 'listening')
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException
    throw new UsageError(`${option} cannot be ${address.port}: ${WHY[code] ?? code}.`)
  }
}

export async function stopListening(server: Server): Promise<void> {
  if (!server.listening) return
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}

class PortServer {
  readonly #option: string
  readonly #address: Address
  readonly #server: Server
  #routes: Routes = {}

  constructor(option: string, address: Address) {
    this.#option = option
    this.#address = address
    this.#server = createServer((request, response) => void this.#answer(request, response))
  }

  add(routes: Routes): void {
    this.#routes = { ...this.#routes, ...routes }
  }

  /** @throws UsageError when it cannot have its port. */
  open(): Promise<void> {
    return listen(this.#server, this.#option, this.#address)
  }

  close(): Promise<void> {
    return stopListening(this.#server)
  }

  async #answer({ method, url = '' }: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = ''] = url.split('?')
    const route = Object.hasOwn(this.#routes, path) ? this.#routes[path] : undefined
    const { status, text, type } = !route
      ? { status: 404, text: `Ask for ${Object.keys(this.#routes).join(' or ')}.` }
      : method === 'GET' || method === 'HEAD'
        ? await route()
        : { status: 405, text: 'Use GET.' }
    response.writeHead(status, {
      'content-type': type ?? 'text/plain; charset=utf-8',
      'cache-control': 'no-store',
    })
    response.end(text.endsWith('\n') ? text : `${text}\n`)
  }
}

const WHY: Readonly<Record<string, string>> = {
  EADDRINUSE: 'somebody listens there already. Pass another one',
  EACCES: 'this user may not listen there. Pass one above 1023',
  EADDRNOTAVAIL: 'this machine has no such address',
}
