import { InvalidDsnError } from '@alligator/core'
import { type SqliteSettings, readSettings } from './settings.js'

/** What a DSN of this backend says. */
export interface SqliteAddress extends SqliteSettings {
  /** Of the file, or `:memory:`. */
  readonly path: string
}

const EXAMPLE = 'sqlite:///var/lib/app/tasks.db, sqlite://tasks.db or sqlite://:memory:'
const KNOBS: ReadonlySet<string> = new Set(['synchronous', 'busy_timeout'])

/**
 * Reads `sqlite:///absolute/path.db`, `sqlite://relative/path.db` or `sqlite://:memory:`, percent-encoded, with
 * `?synchronous=full` (default `normal`) and `?busy_timeout=5s` (default `10s`).
 *
 * @throws InvalidDsnError
 */
export function parseDsn(dsn: string): SqliteAddress {
  const [, encoded = '', query = ''] = /^sqlite:\/\/([^?]*)\??(.*)$/is.exec(dsn) ?? []
  const knobs = new URLSearchParams(query)
  for (const knob of knobs.keys()) {
    if (!KNOBS.has(knob))
      throw new InvalidDsnError(
        dsn,
        `${knob} is no setting of it`,
        `${EXAMPLE}, with ?synchronous or ?busy_timeout`,
      )
  }
  return { path: readPath(dsn, encoded), ...readSettings(dsn, knobs) }
}

function readPath(dsn: string, encoded: string): string {
  let path: string
  try {
    path = decodeURIComponent(encoded)
  } catch {
    throw new InvalidDsnError(
      dsn,
      'a % in the path is not followed by two hex digits',
      `${EXAMPLE}, and % itself as %25`,
    )
  }
  if (path === '') throw new InvalidDsnError(dsn, 'it names no file', EXAMPLE)
  if (path.includes('\0')) throw new InvalidDsnError(dsn, 'a path cannot hold a NUL character', EXAMPLE)
  return process.platform === 'win32' ? path.replace(/^\/(?=[a-z]:)/i, '') : path
}
