import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Gator, InvalidOptionError, messageOf } from '@alligator/core'
import { act } from './actions.js'
import { clientFile } from './client-files.js'
import { refuseCrossSite } from './cross-site.js'
import { live, told } from './live.js'
import { answerNode } from './node-bridge.js'
import {
  type Access,
  type Authorize,
  type DashboardOptions,
  type Gators,
  type Settings,
  readOptions,
} from './options.js'
import { questionOf } from './pages.js'
import { Params } from './params.js'
import { Problem, answer, json, problem } from './responses.js'
import { inTime } from './shared-reads.js'
import { shell } from './shell.js'
import { Store } from './store.js'

/** As node:http, Express and their kin call it. */
export type NodeHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  next?: (error?: unknown) => void,
) => void

/** A page of the queues: it answers a request, wherever that comes from. */
export interface Dashboard {
  (request: Request): Promise<Response>
  /** The same for node:http, Express and Fastify. */
  readonly node: NodeHandler
}

/** Milliseconds that an action may take before the page is told that nothing is known of it. */
const ACTION = 10_000
/** Bytes that a browser may send. */
const MOST_SENT = 256 * 1024

/**
 * Makes a page that shows what the queues of a store hold, what runs, what has died and why, and that can change it: retry, cancel,
 * drop, pause and more.
 *
 * @throws InvalidOptionError: `authorize` must be given outside development.
 *
 * @example
 * ```ts
 * const queues = dashboard(gator, { authorize: (request) => isAdmin(request) && 'write' })
 * app.use('/queues', queues.node) // Express; Hono: app.all('/queues/*', (c) => queues(c.req.raw))
 * ```
 */
export function dashboard(gators: Gators, options: DashboardOptions = {}): Dashboard {
  const settings = readOptions(options)
  const stores = storesOf(gators, settings)
  const handle = async (request: Request): Promise<Response> => {
    try {
      return await route(request, stores, settings)
    } catch (error) {
      return problem(told(error))
    }
  }
  const answerOne = async (...[incoming, outgoing, next]: Parameters<NodeHandler>): Promise<void> => {
    try {
      await answerNode(handle, incoming, outgoing)
    } catch (error) {
      if (next) next(error)
      else outgoing.destroy()
    }
  }
  const node: NodeHandler = (...all) => void answerOne(...all)
  return Object.assign(handle, { node })
}

type Stores = ReadonlyMap<string, Store>

function storesOf(gators: Gators, { queues }: Settings): Stores {
  const named: Readonly<Record<string, Gator>> = isGator(gators) ? { queues: gators } : gators
  const stores = Object.entries(named).map(([name, gator]) => {
    if (!isGator(gator)) throw new InvalidOptionError('gators', name, 'Pass a Gator, or several by names.')
    return [name, new Store(name, gator, queues)] as const
  })
  if (stores.length === 0) throw new InvalidOptionError('gators', undefined, 'Pass at least one Gator.')
  return new Map(stores)
}

/** By its shape: the app may have loaded another copy of core. */
function isGator(value: unknown): value is Gator {
  const { backend, schedules } = (value ?? {}) as Partial<Gator>
  return typeof backend === 'object' && typeof schedules === 'function'
}

interface Allowed {
  readonly access: 'read' | 'write'
  readonly who?: string | undefined
}

async function route(request: Request, stores: Stores, settings: Settings): Promise<Response> {
  const allowed = await allow(request, settings)
  if (allowed instanceof Response) return allowed
  const { pathname, searchParams } = new URL(request.url)
  // Wherever it was mounted, and whatever a framework took away of the path: its own part is at the end.
  const [, base = '', place = '', name = ''] =
    /^(.*?)\/?(?:\/(assets|api|live)\/([\w.-]+))?$/.exec(pathname) ?? []
  if (request.method === 'POST') return post(request, place, name, stores, allowed, settings)
  if (request.method !== 'GET' && request.method !== 'HEAD')
    throw new Problem(405, 'NO_SUCH_METHOD', 'Use GET, or POST for actions.')
  if (place === 'assets') return clientFile(name, request)
  // Two slashes at its start would make the first part the name of another site.
  if (place === '')
    return page(settings.basePath?.replace(/\/$/, '') ?? base.replace(/^\/+/, '/'), stores, allowed)
  const get = (key: string) => searchParams.get(key) ?? undefined
  const question = questionOf(name, get)
  const store = storeOf(stores, new Params(get))
  const read = () => store.reads.get(question.key, () => question.read(store, settings))
  return place === 'live' ? live(read, request.signal) : json(await read())
}

async function allow(request: Request, { authorize }: Settings): Promise<Allowed | Response> {
  const access = await decide(request, authorize)
  if (access instanceof Response) return access
  const allowed = typeof access === 'string' ? { access } : access
  if (allowed && isAllowed(allowed)) return allowed
  throw new Problem(403, 'FORBIDDEN', 'You may not see this.')
}

function isAllowed(given: { readonly access: string }): given is Allowed {
  return given.access === 'read' || given.access === 'write'
}

async function decide(request: Request, authorize: Authorize): Promise<Access | Response> {
  try {
    return await authorize(request)
  } catch (error) {
    process.emitWarning(
      `authorize of the dashboard has failed, so the request is refused: ${messageOf(error)}`,
    )
    return false
  }
}

function page(base: string, stores: Stores, { access, who }: Allowed): Response {
  const views = [...stores.values()].map((store) => store.view())
  const html = shell(base, { stores: views, access, ...(who !== undefined && { who }) })
  return answer(html, { 'content-type': 'text/html; charset=utf-8' })
}

async function post(
  request: Request,
  place: string,
  name: string,
  stores: Stores,
  { access, who }: Allowed,
  { onAction }: Settings,
): Promise<Response> {
  refuseCrossSite(request)
  if (access !== 'write') throw new Problem(403, 'READ_ONLY', 'You may see this, and not change it.')
  if (place !== 'api' || name !== 'act') throw new Problem(404, 'NO_SUCH_PAGE', 'There is no such page.')
  const sent = await sentBy(request)
  const params = new Params((key) => (Object.hasOwn(sent, key) ? sent[key] : undefined))
  return json(await inTime(act(storeOf(stores, params), params, who, onAction), ACTION))
}

async function sentBy(request: Request): Promise<Readonly<Record<string, unknown>>> {
  const text = await request.text()
  if (text.length > MOST_SENT) throw new Problem(413, 'TOO_LARGE', 'That is more than any action needs.')
  try {
    const sent: unknown = JSON.parse(text)
    if (typeof sent === 'object' && sent !== null) return sent as Record<string, unknown>
  } catch {
    // Said below.
  }
  throw new Problem(400, 'NOT_JSON', 'Send an object as JSON.')
}

function storeOf(stores: Stores, params: Params): Store {
  const name = params.text('store')
  const store = name === undefined ? [...stores.values()][0] : stores.get(name)
  if (store) return store
  throw new Problem(404, 'NO_SUCH_STORE', 'There is no such store.')
}
