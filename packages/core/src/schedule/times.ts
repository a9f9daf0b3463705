import { systemTime, turn } from '../base/timers.js'
import { InvalidOptionError, messageOf } from '../errors/index.js'
import type { Timing } from './spec.js'

/** The times of a schedule, in Unix seconds. */
export interface Times {
  /** The first one later than a time; `undefined`: there is none. */
  after(time: number): number | undefined
}

/** Seconds from which a parser is asked on that has gone back, one after the other: a change of the clock moves it no further. */
const FURTHER = [1, 60, 3600, 7200, 86_400]
/** Seconds of the first stretch that is looked through for the last ticks before a time; each further one is this much longer. */
const STRETCH = 60
const LONGER = 8
/** Ticks that are computed in one turn of the event loop. */
const MOST_AT_ONCE = 50

/** @throws InvalidOptionError for a cron expression that is none, or that no time fits. */
export async function timesOf(timing: Timing): Promise<Times> {
  const { startAt = -Infinity, endAt = Infinity } = timing
  const next = await nextOf(timing)
  return {
    after(time) {
      // A start that is a tick is the first one.
      const found = next(Math.max(time, startAt - 0.001))
      return found === undefined || found > endAt ? undefined : found
    },
  }
}

/** The last ticks from one time until another, both included, the earliest first. */
export async function lastTimes(times: Times, from: number, until: number, most: number): Promise<number[]> {
  for (let stretch = STRETCH; ; stretch *= LONGER) {
    const begin = Math.max(from - 0.001, until - stretch)
    const found: number[] = []
    let reckoned = 0
    for (let time = times.after(begin); time !== undefined && time <= until; time = times.after(time)) {
      found.push(time)
      reckoned += 1
      if (reckoned % MOST_AT_ONCE === 0) await turn()
    }
    if (found.length >= most || begin < from) return found.slice(-most)
  }
}

async function nextOf({ cron, every, at, startAt = 0, timeZone }: Timing) {
  if (at !== undefined) return (time: number) => (at > time ? at : undefined)
  if (every !== undefined) return (time: number) => nextStep(startAt, every, time)
  return nextByCron(cron ?? '', timeZone ?? 'UTC')
}

/** Counted from `begin`, so that it makes no difference which process computes it, and when. */
function nextStep(begin: number, every: number, time: number): number {
  let steps = Math.floor((time - begin) / every) + 1
  if (atStep(begin, every, steps) <= time) steps += 1
  return atStep(begin, every, Math.max(0, steps))
}

function atStep(begin: number, every: number, steps: number): number {
  return Math.round((begin + steps * every) * 1000) / 1000
}

async function nextByCron(cron: string, timezone: string): Promise<(time: number) => number | undefined> {
  // Most apps have no schedules, and need not load it.
  const { Cron } = await import('croner')
  const parser = refusing(cron, () => {
    const options = { timezone, paused: true, mode: '5-or-6-parts', fixedTimeRule: 'no-wildcard' } as const
    return new Cron(cron, options)
  })
  const ask = (time: number) => {
    const next = parser.nextRun(new Date(time * 1000))
    return next ? next.getTime() / 1000 : undefined
  }
  const next = (time: number) => {
    const found = ask(time)
    if (found === undefined || found > time) return found
    // About a change of the clock a parser may give a time that has passed, again and again.
    return FURTHER.map((seconds) => ask(time + seconds)).find((later) => later !== undefined && later > time)
  }
  if (next(systemTime() / 1000) === undefined)
    throw new InvalidOptionError('spec (of a schedule)', cron, 'No date fits it: it would never run.')
  return next
}

function refusing<T>(cron: string, parse: () => T): T {
  try {
    return parse()
  } catch (cause) {
    const why = messageOf(cause).replace(/^CronPattern: /, '')
    const fields =
      'A cron expression has 5 fields (minute, hour, day, month, weekday), or 6 with seconds first.'
    // Of how many parts there may be the parser has its own idea.
    const wayOut = / parts/.test(why) ? fields : `${why.replace(/\.?$/, '.')} ${fields}`
    throw new InvalidOptionError('spec (of a schedule)', cron, wayOut, { cause })
  }
}
