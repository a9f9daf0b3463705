import { chmodSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Premises, postgresVersion, startPostgres } from '@alligator/testbed'
import { behindProxy } from './behind-proxy.js'
import type { StoreKind } from './store.js'

/** As a server comes: what it has confirmed is on the disk. */
export const SETTINGS: Readonly<Record<string, string>> = { fsync: 'on', full_page_writes: 'on' }

/** As root a server runs as somebody else, who must get to its folder. */
export function open({ folder }: Required<Premises>): void {
  chmodSync(dirname(folder), 0o711)
}

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
    open(premises)
    return behindProxy(await startPostgres(SETTINGS, premises), {}, '?timeout=3s')
  },
}
