// The thread of a LeaseThread. While nothing is wrong it is all that there is: the store's module is imported when needed.
import { setTimeout as pause } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { workerData } from 'node:worker_threads'
import { SharedTimes, monotonic } from '../base/shared-times.js'
import type { Renewer, RenewalModule } from '../backend/facets.js'
import { Beat } from '../execution/beat.js'
import type { LeaseThreadData } from './lease-thread.js'

const { lease, maxBlocked, queues, renewal, ...shared } = workerData as LeaseThreadData
const beat = new Beat(shared.beat)
const deadline = new SharedTimes(shared.deadline)
/** Seconds between two renewals, of the keeper and of this thread. */
const period = lease / 3
/** Seconds that the keeper may be late: half a lease is left then. */
const margin = lease / 6

async function sleep(seconds: number): Promise<void> {
  await pause(Math.max(1, seconds * 1000))
}

/** Waits until the keeper is late; gives the moment at which it should have renewed. */
async function untilLate(): Promise<number> {
  for (;;) {
    const { due } = beat
    const left = due === 0 ? period : due + margin - monotonic()
    if (left <= 0) return due
    await sleep(left)
  }
}

/** Whether the event loop still stands where it stood at `due`, and may. */
function isToBeKept(due: number): boolean {
  const end = deadline.get(0) || due + maxBlocked
  return beat.due === due && monotonic() < end
}

async function open(): Promise<Renewer> {
  const module = (await import(pathToFileURL(renewal.module).href)) as RenewalModule
  return module.openRenewer(renewal.data)
}

/** Renews in place of the keeper until it does so itself, or the event loop has stood still for too long. */
async function standIn(due: number): Promise<void> {
  let renewer: Renewer | undefined
  let lapse = due - period + lease
  let hasFailed = false
  while (isToBeKept(due)) {
    const at = monotonic()
    try {
      renewer ??= await open()
      await renewer.renew(queues, lease)
      beat.renew(at, monotonic() < lapse)
      lapse = at + lease
      await sleep(period)
    } catch (error) {
      if (!hasFailed) warn(error)
      hasFailed = true
      await sleep(Math.min(1, margin))
    }
  }
  await renewer?.close()
}

function warn(error: unknown): void {
  const why = error instanceof Error ? error.message : String(error)
  process.emitWarning(`The leases of a worker whose event loop stands still could not be renewed: ${why}`, {
    type: 'AlligatorLeaseWarning',
  })
}

async function watch(): Promise<never> {
  for (;;) {
    const due = await untilLate()
    await standIn(due)
    while (beat.due === due) await sleep(period)
  }
}

void watch()
