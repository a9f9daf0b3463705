import { setTimeout as pause } from 'node:timers/promises'
import { type Gator, currentTask } from '@alligator/core'
import { note, now } from './journal.js'

/** The schedules of each trial, which tick each second. */
const SCHEDULES = ['tick-a', 'tick-b'] as const
/** Seconds between two looks. */
const REST = 0.2
/** Seconds that ticks may take once no fault strikes any more. */
const END_LIMIT = 60

/** The task of each tick. */
export async function tick(_schedule: string): Promise<void> {
  const { taskId: id = '', attempt = 0 } = currentTask() ?? {}
  note({ what: 'started', id, attempt })
  note({ what: 'ended', id, attempt })
}

/** Declares them, where the store has schedules: a producer that takes the place of another says the same, and changes nothing. */
export async function beginTicks(gator: Gator): Promise<void> {
  if (!gator.backend.schedules) return
  for (const id of SCHEDULES) await gator.schedule(id, { every: '1s' }, { missed: 'all' }).task(tick, id)
}

/** Removes them once each tick was made that is due, and is known to be on its queue. @throws when that takes too long. */
export async function endTicks(gator: Gator): Promise<void> {
  const { backend, queueName } = gator
  const { schedules } = backend
  if (!schedules) return
  const end = now() + END_LIMIT
  const until = async (isSo: () => Promise<boolean>) => {
    while (!(await isSo())) {
      if (now() > end)
        throw new Error(`After ${END_LIMIT} s without faults there are ticks that nobody has made.`)
      await pause(REST * 1000)
    }
  }
  await until(async () => (await schedules.due([queueName])).due.length === 0)
  for (const schedule of await gator.schedules()) await schedule.pause()
  await until(async () => (await schedules.due([queueName])).next === undefined)
  for (const id of SCHEDULES) await schedules.remove(queueName, id)
}
