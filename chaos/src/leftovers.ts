import { setTimeout as pause } from 'node:timers/promises'
import '@alligator/beanstalk'
import '@alligator/postgres'
import '@alligator/redis'
import '@alligator/sqlite'
import '@alligator/sqs'
import { Gator, type Listing, need } from '@alligator/core'
import { now } from './app/journal.js'
import { KEYS } from './app/keys.js'
import { work } from './app/tasks.js'
import { APP_ROOT } from './crew.js'

/** Of which task each dead letter is, and why. */
export type DeadLetters = ReadonlyMap<string, string>

/** The reason of a dead letter that was taken out of a store which cannot list them. */
const UNKNOWN = 'UNKNOWN'

/**
 * Waits until nothing is left on the queue, due, delayed or running, for a number of seconds on end.
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

/** Reads the dead letters; out of a store that cannot list them, it takes them. */
export async function readDeadLetters(gator: Gator): Promise<DeadLetters> {
  const { listing } = gator.backend
  return listing ? listDeadLetters(listing, gator.queueName) : takeDeadLetters(gator)
}

async function takeDeadLetters(gator: Gator): Promise<DeadLetters> {
  const dead = new Map<string, string>()
  await need(gator.backend, 'deadLetters', 'the count of dead letters').kick(gator.queueName)
  for (;;) {
    const deliveries = await gator.backend.reserve([gator.queueName], { limit: 100, lease: 30, wait: 2 })
    if (deliveries.length === 0) return dead
    for (const { data } of deliveries) dead.set(idIn(data), UNKNOWN)
    await gator.backend.ack(deliveries)
  }
}

async function listDeadLetters(listing: Listing, queue: string): Promise<DeadLetters> {
  const dead = new Map<string, string>()
  for (let after: string | undefined, more = true; more; more = after !== undefined) {
    const page = await listing.list(queue, 'dead', { after })
    for (const { data, reason } of page.tasks) dead.set(idIn(data), reason?.code ?? UNKNOWN)
    after = page.next
  }
  return dead
}

function idIn(data: unknown): string {
  return (JSON.parse(String(data)) as { args: [string] }).args[0]
}

/** The keys that are still taken once nothing is left on the queue, in words. */
export async function takenKeys(dsn: string): Promise<string[]> {
  await using gator = new Gator(dsn, { root: APP_ROOT })
  const taken: string[] = []
  for (const key of KEYS) {
    const { isDuplicate } = await gator
      .options({ unique: { key, until: 'finished' } })
      .task(work, '', 'quick', 0)
    if (isDuplicate) taken.push(`${key} is taken, and nothing has it`)
  }
  await gator.backend.dropAll(gator.queueName)
  return taken
}
