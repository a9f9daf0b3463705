import { now } from './journal.js'

const BEAT = 0.1

/** Calls back when this process has stood still for a number of seconds, with since when. Gives what ends that. */
export function watchForStandstills(seconds: number, callback: (since: number) => void): () => void {
  let last = now()
  const timer = setInterval(() => {
    const since = last
    last = now()
    if (last - since > BEAT + seconds) callback(since)
  }, BEAT * 1000).unref()
  return () => clearInterval(timer)
}
