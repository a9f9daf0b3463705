import { type Duration, InvalidDsnError } from '@alligator/core'
import type { BeanstalkClientOptions } from './settings.js'

/** What a DSN of this backend says. */
export interface BeanstalkAddress {
  readonly host: string
  readonly port: number
  readonly options: BeanstalkClientOptions
}

const EXAMPLE = 'beanstalk://localhost:11300/ or beanstalk://localhost:11300/?ttr=60s&timeout=5s'
const DEFAULT_PORT = 11_300
const KNOBS: ReadonlySet<string> = new Set(['timeout', 'ttr'])
const FORM = /^beanstalk:\/\/([^@/?#]*@)?(?:\[([^\]/?#]+)\]|([^:[\]/?#]*))(?::(\d{1,5}))?\/?(?:\?([^#]*))?$/i

/**
 * Reads `beanstalk://host[:port]/`, with `?timeout=5s` or `?ttr=60s`.
 *
 * @throws InvalidDsnError
 */
export function parseDsn(dsn: string): BeanstalkAddress {
  const [match, user, bracketed, plain, port, query = ''] = FORM.exec(dsn) ?? []
  if (match === undefined) throw new InvalidDsnError(dsn, 'it is not a host with a port', EXAMPLE)
  // After the ? it may be the rest of a password, and must not be shown as a setting.
  if (user !== undefined || query.includes('@'))
    throw new InvalidDsnError(dsn, 'beanstalkd knows no users or passwords', EXAMPLE)
  const number = port === undefined ? DEFAULT_PORT : Number(port)
  if (number < 1 || number > 65_535)
    throw new InvalidDsnError(dsn, `${number} is no port: those are 1 to 65535`, EXAMPLE)
  return { host: bracketed ?? (plain || 'localhost'), port: number, options: readOptions(dsn, query) }
}

function readOptions(dsn: string, query: string): BeanstalkClientOptions {
  const knobs = new Map(new URLSearchParams(query))
  for (const knob of knobs.keys()) {
    if (!KNOBS.has(knob)) throw new InvalidDsnError(dsn, `${knob} is no setting of it`, EXAMPLE)
  }
  // Texts are checked where they are used.
  return Object.fromEntries(knobs) as Partial<Record<'timeout' | 'ttr', Duration>>
}
