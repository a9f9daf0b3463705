import { Gator } from '@alligator/core'
import '@alligator/sqlite'

// The folder of this very module, `src` or `dist`, is the root: `src/invoices.ts` and `dist/invoices.js` are
// both `invoices`, so that what one enqueues the other runs.
export const gator = new Gator(process.env['ALLIGATOR_CONN'] ?? 'sqlite://tasks.sqlite3', {
  root: import.meta.dirname,
})
