import { sqlite } from './sqlite.js'
import type { StoreKind } from './store.js'

/** In the order of the table. */
export const STORES: readonly StoreKind[] = [sqlite]
