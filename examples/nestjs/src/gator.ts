// The queue, for the app and its workers alike: `alligator worker ./dist/gator.js`.
import 'reflect-metadata'
import { Gator } from '@alligator/core'
import '@alligator/sqlite'

export const gator = new Gator(process.env.ALLIGATOR_CONN ?? 'sqlite://tasks.db', {
  defaults: { retries: 5 },
})
