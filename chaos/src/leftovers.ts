import { setTimeout as pause } from 'node:timers/promises'
import '@alligator/beanstalk'
import '@alligator/redis'
import '@alligator/sqlite'
import '@alligator/sqs'
import type { Gator } from '@alligator/core'
import { now } from './app/journal.js'

/** Of which task each dead letter is, and why. */
export type DeadLetters = ReadonlyMap<string, string>

/**
 * Waits until nothing is left on the queue, due, delayed or running, for so many seconds on end.
 *
 * @throws when that is not so within `limit` seconds.
 */
export async function untilEmpty(gator: Gator, quiet: number, limit: number): Promise<void> {
  const end = now() + limit
  let emptySince = Infinity
  for (;;) {
    const { waiting, delayed, running } = await gator.backend.counts(gator.queueName)
    if (waiting + delayed + running > 0) emptySince = Infinity
    else emptySince = Math.min(emptySince, now())
    if (now() - emptySince >= quiet) return
    if (now() > end)
      throw new Error(
        `After ${limit} s without faults, ${waiting} tasks still wait, ${delayed} are delayed and ${running} run.`,
      )
    await pause(100)
  }
}

export async function readDeadLetters(gator: Gator): Promise<DeadLetters> {
  const dead = new Map<string, string>()
  for (let after: string | undefined, more = true; more; more = after !== undefined) {
    const page = await gator.backend.list(gator.queueName, 'dead', { after })
    for (const { data, reason } of page.tasks) {
      const { args } = JSON.parse(String(data)) as { args: [string] }
      dead.set(args[0], reason?.code ?? '')
    }
    after = page.next
  }
  return dead
}
