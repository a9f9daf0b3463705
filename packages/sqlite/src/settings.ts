import { InvalidDsnError, toSeconds } from '@alligator/core'

/** How a connection of our own is used. */
export interface SqliteSettings {
  /** How far a commit waits for the disk: `PRAGMA synchronous`. */
  readonly synchronous: string
  /** Seconds that an operation waits for other writers. */
  readonly busyTimeout: number
}

const SYNCHRONOUS: ReadonlySet<string> = new Set(['off', 'normal', 'full', 'extra'])
/** Longer than a checkpoint or a large transaction of somebody else should take. */
export const DEFAULT_BUSY_TIMEOUT = 10

/** @throws InvalidDsnError */
export function readSettings(dsn: string, knobs: URLSearchParams): SqliteSettings {
  return {
    synchronous: readSynchronous(dsn, knobs.get('synchronous') ?? 'normal'),
    busyTimeout: readBusyTimeout(dsn, knobs.get('busy_timeout')),
  }
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
