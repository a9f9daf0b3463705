import { chmodSync } from 'node:fs'
import { dirname } from 'node:path'
import { postgresVersion, startPostgres } from '@alligator/testbed'
import { behindProxy } from './behind-proxy.js'
import type { StoreKind } from './store.js'

/** As a server comes: what it has confirmed is on the disk. */
const SETTINGS = { fsync: 'on', full_page_writes: 'on' }

export const postgres: StoreKind = {
  name: 'postgres',
  setup: 'as it comes: fsync, synchronous_commit',
  inProcess: false,
  file: false,
  network: true,
  restarts: true,
  ownClock: true,
  disk: true,
  smallestDisk: 160,
  doublesEnqueueings: true,
  exactCounts: true,
  renews: true,
  inOrder: true,
  version: async () => postgresVersion(),
  async start(premises) {
    // As root the server runs as somebody else, who must get to its folder.
    chmodSync(dirname(premises.folder), 0o711)
    return behindProxy(await startPostgres(SETTINGS, premises), {}, '?timeout=3s')
  },
}
