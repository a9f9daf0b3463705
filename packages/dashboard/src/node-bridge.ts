import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { notePeer } from './local.js'
import { Problem, problem } from './responses.js'

/** Bytes that a browser may send: a hundred ids and a reason. */
const MOST_SENT = 256 * 1024

/** A request of Node.js, perhaps after a framework has worked on it. */
interface HostRequest extends IncomingMessage {
  /** Where Express keeps the path that it was asked for. */
  readonly originalUrl?: string
  /** What a parser has made of the body. */
  readonly body?: unknown
}

/** Lets a handler of requests and responses answer as Node.js wants it. */
export async function answerNode(
  handle: (request: Request) => Promise<Response>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const controller = new AbortController()
  outgoing.on('close', () => controller.abort())
  const response = await answerOf(handle, incoming, controller.signal)
  outgoing.writeHead(response.status, [...response.headers].flat())
  if (incoming.method === 'HEAD' || !response.body) {
    await response.body?.cancel()
    outgoing.end()
    return
  }
  const reader = response.body.getReader()
  controller.signal.addEventListener('abort', () => void reader.cancel().catch(() => undefined))
  // A stream that fails has dropped who reads nothing, and the loop below waits for them: it has no turn to learn of that.
  reader.closed.catch(() => outgoing.destroy())
  outgoing.flushHeaders()
  for (;;) {
    const part = await reader.read().catch(() => undefined)
    if (!part || part.done || controller.signal.aborted) break
    // Who reads slowly is not sent more than fits.
    if (!outgoing.write(part.value)) await drained(outgoing)
  }
  if (!outgoing.destroyed) outgoing.end()
}

function drained(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      outgoing.off('drain', done).off('close', done)
      resolve()
    }
    outgoing.on('drain', done).on('close', done)
  })
}

async function answerOf(
  handle: (request: Request) => Promise<Response>,
  incoming: HostRequest,
  signal: AbortSignal,
): Promise<Response> {
  let request: Request
  try {
    request = await requestOf(incoming, signal)
  } catch (error) {
    return problem(error instanceof Problem ? error : new Problem(400, 'BAD_REQUEST', 'It is no request.'))
  }
  return handle(request)
}

async function requestOf(incoming: HostRequest, signal: AbortSignal): Promise<Request> {
  const { method = 'GET', headers } = incoming
  const scheme = (incoming.socket as Partial<TLSSocket>).encrypted ? 'https' : 'http'
  const path = incoming.originalUrl ?? incoming.url ?? '/'
  // Only a path: a whole address, which proxies are sent, would name another host.
  const url = new URL(`${scheme}://${headers.host ?? 'localhost'}${path.startsWith('/') ? path : '/'}`)
  const sent = new Headers()
  for (const [name, value] of Object.entries(headers))
    for (const one of [value].flat()) if (one !== undefined && !name.startsWith(':')) sent.append(name, one)
  const body = method === 'GET' || method === 'HEAD' ? null : await bodyOf(incoming)
  const request = new Request(url, { method, headers: sent, body, signal })
  notePeer(request, incoming.socket.remoteAddress)
  return request
}

/** A framework may have read the body already, and what it made of it is written again. */
async function bodyOf(incoming: HostRequest): Promise<string> {
  if (incoming.body !== undefined) {
    if (typeof incoming.body === 'string') return incoming.body
    return Buffer.isBuffer(incoming.body) ? incoming.body.toString() : JSON.stringify(incoming.body)
  }
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MOST_SENT) throw new Problem(413, 'TOO_LARGE', 'That is more than any action needs.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
