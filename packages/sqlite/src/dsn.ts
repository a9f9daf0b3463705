import { InvalidDsnError, toSeconds } from '@alligator/core'

/** What a DSN of this backend says. */
export interface SqliteSettings {
  /** Of the file, or `:memory:`. */
  readonly path: string
  /** How far a commit waits for the disk: `PRAGMA synchronous`. */
  readonly synchronous: string
  /** Seconds that an operation waits for other writers. */
  readonly busyTimeout: number
}

const EXAMPLE = 'sqlite:///var/lib/app/tasks.db, sqlite://tasks.db or sqlite://:memory:'
const SYNCHRONOUS: ReadonlySet<string> = new Set(['off', 'normal', 'full', 'extra'])
const KNOBS: ReadonlySet<string> = new Set(['synchronous', 'busy_timeout'])
/** Longer than a checkpoint or a large transaction of somebody else should take. */
export const DEFAULT_BUSY_TIMEOUT = 10

/**
 * Reads `sqlite:///absolute/path.db`, `sqlite://relative/path.db` or `sqlite://:memory:`, percent-encoded, with
 * `?synchronous=full` (default `normal`) and `?busy_timeout=5s` (default `10s`).
 *
 * @throws InvalidDsnError
 */
export function parseDsn(dsn: string): SqliteSettings {
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
  return {
    path: readPath(dsn, encoded),
    synchronous: readSynchronous(dsn, knobs.get('synchronous') ?? 'normal'),
    busyTimeout: readBusyTimeout(dsn, knobs.get('busy_timeout')),
  }
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

function readSynchronous(dsn: string, value: string): string {
  if (SYNCHRONOUS.has(value)) return value
  throw new InvalidDsnError(
    dsn,
    `synchronous cannot be "${value}"`,
    'sqlite://tasks.db?synchronous=full, or one of off, normal, extra',
  )
}

function readBusyTimeout(dsn: string, value: string | null): number {
  if (value === null) return DEFAULT_BUSY_TIMEOUT
  try {
    return toSeconds(value, 'busy_timeout')
  } catch {
    throw new InvalidDsnError(
      dsn,
      `busy_timeout cannot be "${value}": it needs a unit`,
      'sqlite://tasks.db?busy_timeout=5s, or 500ms',
    )
  }
}
