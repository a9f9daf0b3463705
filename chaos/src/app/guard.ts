// Loaded into each process of the load, before anything else.
import { once } from 'node:events'
import { compute } from './compute.js'
import { note } from './journal.js'
import { watchForStandstills } from './standstill.js'

// Nobody may be left behind, whatever ends the process that commands this one.
process.on('disconnect', () => process.exit(1))
process.channel?.unref()

/** Fulfilled when nothing more is to be enqueued. */
export const endOfLoad: Promise<unknown> = once(process, 'SIGWINCH')
process.send?.('ready')

const lease = Number(process.env['CHAOS_LEASE'])

// A lease is renewed three times in its length.
const watch = () => watchForStandstills(lease / 3, (since) => note({ what: 'stood-still', since }))
let unwatch = watch()

process.on('SIGUSR2', () => {
  unwatch()
  compute(lease)
  unwatch = watch()
})
