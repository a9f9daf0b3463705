import { loadDriver } from '@alligator/core/backend'

/** The class that fivebeans exports. */
export type Driver = typeof import('fivebeans').client

/** @throws MissingBackendError */
export function loadFivebeans(): Promise<Driver> {
  return loadDriver('fivebeans', async () => (await import('fivebeans')).client)
}
