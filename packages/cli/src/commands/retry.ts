import { type DeadLetters, need } from '@alligator/core'
import { retryTasks } from '@alligator/core/inspect'
import type { Command } from 'commander'
import { type BulkFlags, type BulkJob, checkIdsAlone, isNarrowed, withFilter, workInBulk } from '../bulk.js'
import { newStoreCommand, queuesOption } from '../command.js'
import { UsageError } from '../failure.js'
import { findIds } from '../find-ids.js'
import { NotThereError } from '../not-there.js'
import { print, printJson } from '../output.js'
import { printable } from '../printable.js'
import { chosenQueues } from '../queue-names.js'
import type { Shutdown } from '../shutdown.js'
import { withGator } from '../with-gator.js'

interface RetryFlags extends BulkFlags {
  readonly all?: boolean
}

/** `alligator retry`. */
export function retryCommand(shutdown: Shutdown): Command {
  const command = newStoreCommand('retry')
    .summary('put dead letters back to work')
    .description(
      'Puts dead letters back at the end of their queue, for one more try, or as many as they have left: those whose ids are given, or all that match, or --all.',
    )
    .argument('[ids...]', 'the ids of dead letters')
    .option('--all', 'all of them')
    .addOption(queuesOption('only in these queues'))
  return withFilter(command, true).action((ids: string[], flags: RetryFlags) => retry(ids, flags, shutdown))
}

async function retry(ids: readonly string[], flags: RetryFlags, shutdown: Shutdown): Promise<void> {
  const { all = false } = flags
  checkIdsAlone(ids, flags, all)
  if (ids.length > 0) return retryByIds(ids, flags)
  if (all === isNarrowed(flags))
    throw new UsageError(
      'Which dead letters? Pass their ids, or --task, --error, --since or --until, or --all.',
    )
  await workInBulk(JOB, flags, shutdown)
}

const JOB: BulkJob = {
  command: 'alligator retry by a filter',
  lists: false,
  ask: (what) => `put ${what} back to work`,
  done: 'Put back to work',
  json: 'retried',
  noun: 'dead letter',
  doing: 'Retrying',
  states: ['dead'],
  step: retryTasks,
}

async function retryByIds(given: readonly string[], { queue, ...flags }: RetryFlags): Promise<void> {
  await withGator(flags, async (gator) => {
    const queues = await chosenQueues(gator, queue)
    const deadLetters = need(gator.backend, 'deadLetters', 'alligator retry')
    const ids = await findIds(gator, queues, ['dead'], given)
    const retried: string[] = []
    for (const id of ids) if (await retryOne(deadLetters, queues, id)) retried.push(id)
    const missing = ids.filter((id) => !retried.includes(id))
    if (flags.json) printJson({ retried, missing })
    else print(...retried.map((id) => `${printable(id)} is back on its queue.`))
    if (missing.length > 0) throw new NotThereError('no dead letter', missing, queues, gator.backend)
  })
}

async function retryOne(deadLetters: DeadLetters, queues: readonly string[], id: string): Promise<boolean> {
  for (const queue of queues) if ((await deadLetters.kick(queue, [id])) > 0) return true
  return false
}
