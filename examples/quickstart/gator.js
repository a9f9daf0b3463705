// @ts-check
// The app's one queue: whoever needs it imports it from here.
import { Gator } from '@alligator/core'
import '@alligator/sqlite'

const file = new URL('tasks.sqlite3', import.meta.url)

export const gator = new Gator(process.env.ALLIGATOR_CONN ?? `sqlite://${file.pathname}`, {
  // This folder has to be the root from wherever the app and its workers are started.
  root: import.meta.dirname,
})
