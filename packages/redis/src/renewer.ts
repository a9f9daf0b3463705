import type { Renewer } from '@alligator/core'
import { Lifecycle } from '@alligator/core/backend'
import { Connection } from './connection.js'
import { RENEW } from './scripts/settle.js'
import type { Settings } from './settings.js'
import { toMilliseconds } from './stored.js'

/** What is needed to renew the leases of a client: the way to its server, and what its receipts begin with. */
export interface RenewalData {
  readonly dsn: string
  readonly settings: Settings
  readonly holder: string
}

/** Connects to the server once more. */
export function openRenewer({ dsn, settings, holder }: RenewalData): Renewer {
  const life = new Lifecycle('This renewer')
  const connection = new Connection(dsn, settings, life)
  const renew = (queue: string, lease: number) => {
    const call = { queues: [connection.keys.of(queue)], args: { lease: toMilliseconds(lease), holder } }
    return connection.run(RENEW, () => call)
  }
  return {
    async renew(queues, lease) {
      await Promise.all(queues.map((queue) => renew(queue, lease)))
    },
    close: () =>
      life.close(
        () => undefined,
        () => connection.disconnect(),
      ),
  }
}
