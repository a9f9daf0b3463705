import { gzipSync } from 'node:zlib'
import { files } from './client-bundle.cjs'
import { Problem, answer } from './responses.js'

const compressed = new Map<string, Uint8Array<ArrayBuffer>>()

/** A file of the page. Its name changes with what it is, so that browsers keep it. @throws Problem */
export function clientFile(name: string, request: Request): Response {
  const file = Object.hasOwn(files, name) ? files[name] : undefined
  if (!file) throw new Problem(404, 'NO_SUCH_FILE', 'There is no such file: reload the page.')
  const headers = {
    'content-type': file.type,
    'cache-control': 'private, max-age=31536000, immutable',
    vary: 'accept-encoding',
  }
  if (!/\bgzip\b/.test(request.headers.get('accept-encoding') ?? '')) return answer(file.text, headers)
  const body = compressed.get(name) ?? Uint8Array.from(gzipSync(file.text, { level: 9 }))
  compressed.set(name, body)
  return answer(body, { ...headers, 'content-encoding': 'gzip' })
}
