import { InvalidDsnError } from '@alligator/core'

/** What a DSN of this backend says. */
export interface SqsAddress {
  /** `undefined`: the SDK looks for one. */
  readonly region: string | undefined
  readonly knobs: URLSearchParams
}

export const EXAMPLE = 'sqs://eu-central-1/'
const KNOBS = ['account', 'endpoint', 'prefix', 'create_queues', 'long_poll', 'group']

/**
 * Reads `sqs://region/?account=…&endpoint=…&prefix=…&create_queues=true&long_poll=5s&group=…`; without a region, `sqs:///`.
 *
 * @throws InvalidDsnError
 */
export function parseDsn(dsn: string): SqsAddress {
  const [match, region = '', query = ''] = /^sqs:\/\/([a-z0-9-]*)\/?(?:\?(.*))?$/i.exec(dsn) ?? []
  // After the ? it may be the rest of a secret key, and must not be shown as a setting.
  if (match === undefined || query.includes('@')) throw new InvalidDsnError(dsn, whyNot(dsn), EXAMPLE)
  const knobs = new URLSearchParams(query)
  for (const knob of knobs.keys()) {
    if (KNOBS.includes(knob)) continue
    throw new InvalidDsnError(dsn, `${knob} is no setting of it`, `${EXAMPLE}?${KNOBS.join('=…&')}=…`)
  }
  return { region: region.toLowerCase() || undefined, knobs }
}

function whyNot(dsn: string): string {
  return dsn.includes('@')
    ? "credentials do not belong in it: the SDK finds them in the environment, a profile or the machine's role"
    : 'it is not a region'
}
