import { MissingBackendError } from '@alligator/core'

/** The class that fivebeans exports. */
export type Driver = typeof import('fivebeans').client

/** @throws MissingBackendError */
export async function loadDriver(): Promise<Driver> {
  try {
    return (await import('fivebeans')).client
  } catch (error) {
    const wayOut = 'Run `npm install fivebeans`, or the like of your package manager.'
    throw new MissingBackendError('fivebeans', 'it is not installed', wayOut, error)
  }
}
