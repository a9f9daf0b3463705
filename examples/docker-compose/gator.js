// @ts-check
// The queue, for the app and its workers alike.
import { Gator } from '@alligator/core'
import '@alligator/redis'

export const gator = new Gator(process.env.ALLIGATOR_CONN ?? 'redis://localhost:6379/0', {
  root: import.meta.dirname,
  defaults: { retries: 5 },
})
