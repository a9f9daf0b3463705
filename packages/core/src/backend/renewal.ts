import type { Awaitable } from '../base/awaitable.js'

/**
 * How another thread of this process can renew what a client holds, while the event loop stands still: it imports a module,
 * on a connection of its own, and knows a delivery of the client by its receipt.
 */
export interface Renewal {
  /** The absolute path of a file that exports `openRenewer`, as {@link RenewalModule} says. */
  readonly module: string
  /** What `openRenewer` is given there; it must survive `structuredClone`. */
  readonly data: unknown
}

/** What the module of a {@link Renewal} exports. */
export interface RenewalModule {
  /** Connects to the store. */
  openRenewer(data: unknown): Awaitable<Renewer>
}

/** Renews what a client holds, for as long as the client itself cannot. */
export interface Renewer {
  /**
   * Holds whatever the client was handed out on these queues, and still holds, until `lease` seconds from now; what is held
   * for longer is left alone.
   */
  renew(queues: readonly string[], lease: number): Promise<void>
  /** Ends its connection. */
  close(): Promise<void>
}
