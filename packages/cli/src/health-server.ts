import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import type { Worker } from '@alligator/core'
import { UsageError } from './failure.js'

/** Why something is not ready for work; `undefined` when it is. */
export type Unready = () => string | undefined

/** Where to listen. */
export interface Address {
  /** Absent: on every interface, as those who probe a container come from outside of it. */
  readonly host?: string | undefined
  readonly port: number
}

/**
 * Answers those who watch a process: `/live` while its event loop turns, which a blocked one does not, and `/ready` while it can
 * work. It does not keep the process alive.
 */
export class HealthServer implements AsyncDisposable {
  readonly #server: Server
  readonly #address: Address

  constructor(address: Address, unready: Unready) {
    this.#address = address
    this.#server = createServer((request, response) => answer(request, response, unready))
    this.#server.unref()
  }

  /** Begins to listen; gives the port. @throws UsageError when it cannot have that one. */
  async open(): Promise<number> {
    const { host, port } = this.#address
    try {
      this.#server.listen({ host, port })
      await once(this.#server, 'listening')
    } catch (error) {
      const { code = String(error) } = error as NodeJS.ErrnoException
      throw new UsageError(`--health-port cannot be ${port}: ${WHY[code] ?? code}.`)
    }
    return (this.#server.address() as AddressInfo).port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#server.listening) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }
}

const WHY: Readonly<Record<string, string>> = {
  EADDRINUSE: 'somebody listens there already. Pass another one',
  EACCES: 'this user may not listen there. Pass one above 1023',
  EADDRNOTAVAIL: 'this machine has no such address',
}

function answer({ method, url = '' }: IncomingMessage, response: ServerResponse, unready: Unready): void {
  const [path] = url.split('?')
  const why = path === '/ready' ? unready() : undefined
  const isKnown = path === '/live' || path === '/ready'
  const isAsked = method === 'GET' || method === 'HEAD'
  const status = !isKnown ? 404 : !isAsked ? 405 : why === undefined ? 200 : 503
  const text = status === 404 ? 'Ask for /live or /ready.' : (why ?? 'ok')
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' })
  response.end(`${text}\n`)
}

/** Why a worker that was only just started is not ready. */
export const NOT_BEGUN = 'The worker has not begun.'

/** Why a worker is not ready, by what it tells; `onChange` is called whenever that is another. */
export function watchWorker(
  worker: Worker,
  onChange: (why: string | undefined) => void = () => undefined,
): Unready {
  let why: string | undefined = NOT_BEGUN
  let isStopping = false
  const set = (now: string | undefined) => {
    if (isStopping) return
    why = now
    onChange(why)
  }
  worker.on('worker:start', () => set(undefined))
  worker.on('worker:disconnect', () => set('The store is away.'))
  worker.on('worker:reconnect', () => set(undefined))
  worker.on('worker:stopping', () => {
    set('The worker is stopping.')
    isStopping = true
  })
  return () => why
}
