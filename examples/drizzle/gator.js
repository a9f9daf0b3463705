// @ts-check
// The shop's one queue, in the same database.
import { Gator } from '@alligator/core'
import '@alligator/postgres'

export const gator = new Gator(process.env.SHOP_DSN ?? 'postgres://', { root: import.meta.dirname })
