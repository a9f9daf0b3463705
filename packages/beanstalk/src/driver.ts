import { loadDriver } from '@alligator/core/backend'

/** The class that fivebeans exports. */
export type Driver = typeof import('fivebeans').client

/** @throws MissingBackendError */
export async function loadFivebeans(): Promise<Driver> {
  return (await loadDriver('fivebeans', () => import('fivebeans'))).client
}
