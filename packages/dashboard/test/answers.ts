/** What a page of the dashboard sends for an action. */
export function sent(body: unknown, headers: Readonly<Record<string, string>> = {}): RequestInit {
  const own = { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' }
  return { method: 'POST', headers: { ...own, ...headers }, body: JSON.stringify(body) }
}

/** What an answer says. */
export async function read<T = Record<string, unknown>>(answer: Response | Promise<Response>): Promise<T> {
  return (await (await answer).json()) as T
}

/** What a browser asks for. */
export function request(path: string, init?: RequestInit): Request {
  return new Request(`http://queues.test/${path}`, init)
}
