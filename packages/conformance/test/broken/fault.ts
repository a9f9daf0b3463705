import type { ClientOptions } from '@alligator/core'
import type { LocmemClient } from '@alligator/core'

export type LocmemClass = new (dsn: string, options?: ClientOptions) => LocmemClient

/** What is wrong with a client, and the promises of the scenarios that must find it. */
export interface Fault {
  readonly fault: string
  readonly caughtBy: readonly string[]
  readonly client: LocmemClass
}

/** The property test, which must find what it can see. */
export const HISTORIES = 'random histories agree with the model'
