import type { Scene } from '../scene.js'
import type { GroupKind, StoreKind } from '../stores/store.js'

/** One way in which things go wrong. */
export interface Fault {
  /** For `--fault`. */
  readonly name: string
  /** For the table. */
  readonly title: string
  /** Whose wall clock it sets: that of all clients, of the server, or of one worker at a time. */
  readonly clock?: 'clients' | 'server' | 'worker'
  /** It fills the disk that the store is on, which must be a small one. */
  readonly smallDisk?: boolean
  /** Some of the tasks have keys meanwhile. (Default: none) */
  readonly hasKeys?: boolean
  /** Nothing may run twice for it: leases hold meanwhile. */
  readonly keepsLeases?: boolean
  /** What it can befall are several servers of such a kind, and never a single one. (Default: single ones alone) */
  readonly groups?: readonly GroupKind[]
  /** Whether it can befall such a store. */
  strikes(kind: StoreKind): boolean
  /** Goes wrong once, and is over when this resolves. */
  strike(scene: Scene): Promise<void>
  /** What must be so before the last tasks can end. */
  settle?(scene: Scene): Promise<void>
}
