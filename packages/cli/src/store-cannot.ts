import type { Capabilities, Client } from '@alligator/core'

type Need = keyof Pick<Capabilities, 'list' | 'remove' | 'leases'>

/** What a command needs of a store, and which stores can do it. */
const NEEDS: Readonly<Record<Need, { does: string; stores: string }>> = {
  list: { does: 'list its tasks', stores: 'SQLite and Redis' },
  remove: { does: 'remove one task', stores: 'SQLite, Redis and beanstalkd' },
  leases: { does: 'hold a task while it is moved', stores: 'SQLite, Redis, beanstalkd and SQS' },
}

/** A store cannot do what a command needs. */
class StoreCannotError extends Error {
  readonly code = 'NOT_SUPPORTED'

  constructor(command: string, backend: Client, need: Need) {
    const { does, stores } = NEEDS[need]
    super(`${command} needs a store that can ${does}: ${stores} can, ${backend.constructor.name} cannot.`)
    this.name = 'StoreCannotError'
  }
}

/** @throws StoreCannotError unless the store can do this. */
export function requireStore(command: string, backend: Client, need: Need): void {
  if (!backend.capabilities[need]) throw new StoreCannotError(command, backend, need)
}
