import type { Renewer } from '@alligator/core'
import { Lifecycle } from '@alligator/core/backend'
import { Connection } from './connection.js'
import type { Settings } from './settings.js'
import { packText } from './stored.js'

/** What is needed to renew the leases of a client: the way to its database, and the range of their numbers. */
export interface RenewalData {
  readonly dsn: string
  readonly settings: Settings
  readonly first: string
  readonly last: string
}

/** Connects to the database once more. */
export function openRenewer({ dsn, settings, first, last }: RenewalData): Renewer {
  const life = new Lifecycle('This renewer')
  const connection = new Connection(dsn, { ...settings, maxConnections: 1 }, life)
  return {
    async renew(queues, lease) {
      const names = queues.map((queue) => packText(queue, 'queue'))
      await connection.run(connection.statements.renew, () => [names, lease, first, last])
    },
    close: () =>
      life.close(
        () => undefined,
        () => connection.disconnect(),
      ),
  }
}
