import { Problem } from './responses.js'

/**
 * Refuses what a page of another site makes a browser ask for. Browsers say where a request comes from; what says nothing of that is no
 * browser of today, and then it must at least be JSON, which such a page cannot send unasked.
 *
 * @throws Problem
 */
export function refuseCrossSite(request: Request): void {
  const site = request.headers.get('sec-fetch-site')
  if (site !== null && site !== 'same-origin')
    throw new Problem(403, 'CROSS_SITE', 'Changes are made from the page of the dashboard alone.')
  const origin = request.headers.get('origin')
  const host = request.headers.get('host')
  if (site === null && origin !== null && host !== null && hostOf(origin) !== host)
    throw new Problem(403, 'CROSS_SITE', 'Changes are made from the page of the dashboard alone.')
  const [type = ''] = (request.headers.get('content-type') ?? '').split(';')
  if (type.trim().toLowerCase() !== 'application/json')
    throw new Problem(415, 'NOT_JSON', 'Send JSON, as content-type: application/json.')
}

function hostOf(origin: string): string | undefined {
  try {
    return new URL(origin).host
  } catch {
    return undefined
  }
}
