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

/** Seconds after which no key is taken any more by a process that died in the middle of a step. */
const KEY_LIMIT = 20
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

/**
 * The keys that are still taken once nothing is left on the queue, in words. In a state store one may be so for some seconds, after a
 * process that died in the middle of a step.
 */
export async function takenKeys(dsn: string, state: string | undefined): Promise<string[]> {
  await using gator = new Gator(dsn, { root: APP_ROOT, state })
  const end = now() + (state === undefined ? 0 : KEY_LIMIT)
  const taken: string[] = []
  for (const key of KEYS) {
    const options = gator.options({ unique: { key, until: 'finished' } })
    const isTaken = async () => (await options.task(work, '', 'quick', 0)).isDuplicate
    let isLeft = await isTaken()
    for (; isLeft && now() < end; isLeft = await isTaken()) await pause(500)
    if (isLeft) taken.push(`${key} is taken, and nothing has it`)
  }
  await gator.backend.dropAll(gator.queueName)
  return taken
}
