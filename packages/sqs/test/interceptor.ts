import { type IncomingMessage, type Server, type ServerResponse, createServer, request } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

/** What befalls one request on its way: it never gets an answer, its connection is cut, or it is answered here. */
export type Fate = 'silence' | 'cut' | 'cut the answer' | { readonly status: number; readonly body: object }

/** The requests of a batch, as far as the tests change them. */
export interface WireBody {
  Entries?: { Id: string }[]
  [key: string]: unknown
}

/** Stands between clients and the emulator, knows requests apart, and passes on those that nothing is to befall. */
export class Interceptor {
  /** Decides about each request; `undefined` passes it on. */
  fate: (operation: string, body: WireBody) => Fate | undefined = () => undefined
  readonly #server: Server
  readonly #target: string

  static async to(target: string): Promise<Interceptor> {
    const interceptor = new Interceptor(target)
    interceptor.#server.listen(0, '127.0.0.1')
    await once(interceptor.#server, 'listening')
    return interceptor
  }

  private constructor(target: string) {
    this.#target = target
    this.#server = createServer((incoming, outgoing) => void this.#handle(incoming, outgoing))
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }

  async #handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    const operation = String(incoming.headers['x-amz-target']).replace('AmazonSQS.', '')
    const fate = this.fate(operation, JSON.parse(body.toString()) as WireBody)
    if (fate === 'silence') return
    if (fate === 'cut') return void outgoing.destroy()
    if (typeof fate === 'object') return this.#answer(outgoing, fate)
    const onward = request(this.#target, { method: 'POST', headers: incoming.headers }, (answer) => {
      if (fate === 'cut the answer') return void outgoing.destroy()
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(outgoing)
    })
    onward.on('error', () => outgoing.destroy())
    onward.end(body)
  }

  #answer(outgoing: ServerResponse, { status, body }: { status: number; body: object }): void {
    outgoing.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' })
    outgoing.end(JSON.stringify(body))
  }
}
