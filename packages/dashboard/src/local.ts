/** The addresses that requests came from, where a server of Node.js has told. */
const peers = new WeakMap<Request, string>()

const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|::1|::ffff:127(?:\.\d{1,3}){3})$/
/** The names of this machine, which no page of somebody else's can have. */
const NAME = /^(?:localhost|127\.0\.0\.1|\[::1\])$/

export function notePeer(request: Request, address: string | undefined): void {
  if (address !== undefined) peers.set(request, address)
}

/**
 * Whether somebody at this very machine asks for this very machine. `undefined`: nobody knows who asks, since only a server of Node.js has
 * told. The name alone proves nothing: whoever reaches the port may write any; nor does the address alone, which a page of another site
 * has too whose name leads here. What came through a proxy has the addresses and the name that the proxy was asked by.
 */
export function isLocal(request: Request): boolean | undefined {
  const peer = peers.get(request)
  if (peer === undefined) return undefined
  const { headers, url } = request
  const told = listOf(headers.get('x-forwarded-for'))
  const names = listOf(headers.get('x-forwarded-host')).map((host) => hostnameOf(`http://${host}`))
  return (
    [peer, ...told].every((address) => LOOPBACK.test(address)) &&
    [hostnameOf(url), ...names].every((name) => NAME.test(name)) &&
    !headers.has('forwarded')
  )
}

function listOf(header: string | null): string[] {
  return header === null ? [] : header.split(',').map((one) => one.trim())
}

function hostnameOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : ''
}
