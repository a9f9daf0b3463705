import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The parameter of the address that carries what a link is good for. */
const PARAMETER = 'link'

const LOOPBACK = /^(?:127\.|::1$|::ffff:127\.)/
const OWN_NAME = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

/**
 * Lets a browser in that was given a link, and keeps whoever else can reach the port out: other users of the machine, and pages of other sites.
 * A link is good for one browser. That gets a cookie for as long as the process runs, and another link is told.
 */
export class OneTimeLink {
  readonly #server: Server
  readonly #tell: (link: string) => void
  readonly #session = secret()
  #secret = secret()

  /** `tell` is told of each further link. */
  constructor(server: Server, tell: (link: string) => void) {
    this.#server = server
    this.#tell = tell
  }

  /** The link that is good now. */
  get link(): string {
    const { address, family, port } = this.#server.address() as AddressInfo
    const isEvery = address === '0.0.0.0' || address === '::'
    const host = isEvery ? 'localhost' : family === 'IPv6' ? `[${address}]` : address
    return `http://${host}:${port}/?${PARAMETER}=${this.#secret}`
  }

  /** `undefined` for a browser that was let in; else the answer to it, which lets it in when it comes by the link. */
  admit(request: Request): Response | undefined {
    const { hostname, searchParams } = new URL(request.url)
    // Before anything else: a name of somebody else's that leads here must not use up the link, nor be given the cookie.
    if (!this.#isOurs(hostname)) return elsewhere()
    const given = searchParams.get(PARAMETER)
    if (this.#isKnown(request)) return given === null ? undefined : home()
    if (given === null || request.method !== 'GET' || !isSame(given, this.#secret)) return refusal()
    this.#secret = secret()
    this.#tell(this.link)
    return home({ 'set-cookie': `${this.#cookie}=${this.#session}; Path=/; HttpOnly; SameSite=Lax` })
  }

  /** Where only this machine can reach the port, it is only asked by its own names; elsewhere nobody here knows which it has. */
  #isOurs(hostname: string): boolean {
    const { address } = this.#server.address() as AddressInfo
    return !LOOPBACK.test(address) || OWN_NAME.test(hostname)
  }

  #isKnown(request: Request): boolean {
    const cookies = (request.headers.get('cookie') ?? '').split(';')
    return cookies.some((cookie) => {
      const [name = '', value = ''] = cookie.trim().split('=')
      return name === this.#cookie && isSame(value, this.#session)
    })
  }

  /** Cookies are of a host, whatever its port: each of several such processes has a name of its own. */
  get #cookie(): string {
    return `alligator_${(this.#server.address() as AddressInfo).port}`
  }
}

function home(headers: Readonly<Record<string, string>> = {}): Response {
  const safe = { location: '/', 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' }
  return new Response(null, { status: 303, headers: { ...safe, ...headers } })
}

function refusal(): Response {
  const text = 'This link was used, or is none. Open the one that alligator dashboard has printed last.\n'
  return new Response(text, { status: 403, headers: { 'cache-control': 'no-store' } })
}

function elsewhere(): Response {
  const text = 'This is not the name of this machine. Open the link as alligator dashboard has printed it.\n'
  return new Response(text, { status: 421, headers: { 'cache-control': 'no-store' } })
}

function secret(): string {
  return randomBytes(24).toString('base64url')
}

function isSame(one: string, other: string): boolean {
  const [given, wanted] = [Buffer.from(one), Buffer.from(other)]
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}
