import { type ClientOptions, type FacetName, LocmemClient } from '@alligator/core'

export type LocmemClass = new (dsn: string, options?: ClientOptions) => LocmemClient

/** What is wrong with a client, and the promises of the scenarios that must find it. */
export interface Fault {
  readonly fault: string
  readonly caughtBy: readonly string[]
  readonly client: LocmemClass
}

/** The facets of a client in memory. */
type Facets = Required<Pick<LocmemClient, Extract<FacetName, keyof LocmemClient>>>

/** A client of which one facet is changed: `change` gives methods that take the place of those it had. */
export function changing<F extends keyof Facets>(
  facet: F,
  change: (former: Facets[F], client: LocmemClient) => Partial<Facets[F]>,
): LocmemClass {
  return class extends LocmemClient {
    constructor(dsn: string, options?: ClientOptions) {
      super(dsn, options)
      const own = (this as Facets)[facet]
      Object.assign(own, change({ ...own }, this))
    }
  }
}

/** A client that lacks facets. */
export function lacking(...facets: readonly FacetName[]): LocmemClass {
  return class extends LocmemClient {
    constructor(dsn: string, options?: ClientOptions) {
      super(dsn, options)
      for (const facet of facets) Object.defineProperty(this, facet, { value: undefined })
    }
  }
}

/** The property test, which must find what it can see. */
export const HISTORIES = 'random histories agree with the model'
