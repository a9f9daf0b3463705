import { useEffect, useState } from 'preact/hooks'

/** Where in the dashboard somebody is: a page, and what it is about. It stands behind the `#`, so that no server needs to know it. */
export interface Route {
  readonly page: string
  readonly params: Readonly<Record<string, string>>
}

function readRoute(hash: string = location.hash): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?')
  return { page: path || 'overview', params: Object.fromEntries(new URLSearchParams(query)) }
}

/** The link to a page. */
export function linkTo(page: string, params: Readonly<Record<string, string | undefined>> = {}): string {
  const query = queryOf(params)
  return `#/${page === 'overview' ? '' : page}${query && `?${query}`}`
}

export function queryOf(params: Readonly<Record<string, string | undefined>>): string {
  const known = Object.entries(params).filter((entry): entry is [string, string] => Boolean(entry[1]))
  return new URLSearchParams(known).toString()
}

export function go(link: string): void {
  location.hash = link
}

export function useRoute(): Route {
  const [route, setRoute] = useState(readRoute())
  useEffect(() => {
    const onChange = () => setRoute(readRoute())
    addEventListener('hashchange', onChange)
    return () => removeEventListener('hashchange', onChange)
  }, [])
  return route
}
