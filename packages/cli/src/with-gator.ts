import type { Gator } from '@alligator/core'
import { type AppOptions, type Opened, checkShared, openGator } from './open-gator.js'

/** What every command on a store takes. */
export interface StoreFlags extends AppOptions {
  readonly conn?: string
  readonly json?: boolean
}

/** Milliseconds that open handles of the app's modules may keep the process after the command is done. */
const LINGER = 1000

/** Opens the gator that the flags mean, does something with it, and closes it. Its store must be shared with other processes. */
export function withGator<T>(
  flags: StoreFlags,
  step: (gator: Gator, opened: Opened) => Promise<T>,
): Promise<T> {
  return withAnyGator(flags, (gator, opened) => {
    checkShared(gator.backend)
    return step(gator, opened)
  })
}

/** The same, for what makes sense without a store of others. */
export async function withAnyGator<T>(
  flags: StoreFlags,
  step: (gator: Gator, opened: Opened) => Promise<T>,
): Promise<T> {
  const opened = await openGator(flags.conn, flags)
  try {
    return await step(opened.gator, opened)
  } finally {
    await opened.gator.close()
    setTimeout(() => process.exit(), LINGER).unref()
  }
}
