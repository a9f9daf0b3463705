// Loaded into each process of the load, before anything else.
import { note, now } from './journal.js'

const BEAT = 0.1
/** Seconds by which a beat must be late to be written down: leases are renewed three times in their length. */
const LATE = Number(process.env['CHAOS_LEASE'] ?? 3) / 3

let last = now()

// Nobody may be left behind, whatever ends the process that commands this one.
process.on('disconnect', () => process.exit(1))
process.channel?.unref()

setInterval(() => {
  const since = last
  last = now()
  if (last - since > BEAT + LATE) note({ what: 'stood-still', since })
}, BEAT * 1000).unref()
