import type { Schedule } from '@alligator/core'
import cronstrue from 'cronstrue'
import { printable } from './printable.js'
import { momentOf } from './times.js'

/** When a schedule ticks, in plain words. */
export function timingOf({ cron, every, at, timeZone = 'UTC', error }: Schedule): string {
  if (error !== undefined) return '(sealed with another secret)'
  if (every !== undefined) return everyText(every)
  if (at) return `Once, at ${momentOf(at.getTime() / 1000)}`
  if (cron === undefined) return ''
  return timeZone === 'UTC' ? wordsOf(cron) : `${wordsOf(cron)} (${printable(timeZone)})`
}

const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const

/** `Every 5 minutes`, in the largest unit that has no rest. */
function everyText(seconds: number): string {
  const [unit, size] = UNITS.find(([, length]) => seconds % length === 0) ?? ['second', 1]
  const count = seconds / size
  return count === 1 ? `Every ${unit}` : `Every ${count} ${unit}s`
}

function wordsOf(cron: string): string {
  try {
    return cronstrue.toString(cron, { use24HourTimeFormat: true })
  } catch {
    // It throws text for what it does not know.
    return printable(cron)
  }
}

/** What time it is somewhere, to the second: `Mon, 30 Nov 2026, 09:00:00 GMT+1`. */
export function localTimeOf(date: Date, timeZone: string): string {
  const day = { weekday: 'short', day: '2-digit', month: 'short', year: 'numeric' } as const
  const time = { hour: '2-digit', minute: '2-digit', second: '2-digit', timeZoneName: 'short' } as const
  return new Intl.DateTimeFormat('en-GB', { timeZone, ...day, ...time }).format(date)
}
