import { need } from '@alligator/core'
import type { Command } from 'commander'
import { type BulkFlags, type BulkJob, checkIdsAlone, isNarrowed, withFilter, workInBulk } from '../bulk.js'
import { newStoreCommand, queuesOption } from '../command.js'
import { UsageError } from '../failure.js'
import { findIds } from '../find-ids.js'
import { NotThereError } from '../not-there.js'
import { print, printJson } from '../output.js'
import { printable } from '../printable.js'
import { chosenQueues } from '../queue-names.js'
import { expediteTasks } from '@alligator/core/inspect'
import type { Shutdown } from '../shutdown.js'
import { withGator } from '../with-gator.js'

/** `alligator expedite`. */
export function expediteCommand(shutdown: Shutdown): Command {
  const command = newStoreCommand('expedite')
    .summary('make delayed tasks due now')
    .description(
      'Makes delayed tasks due now: each joins the end of its queue. Those whose ids are given, or all that match.',
    )
    .argument('[ids...]', 'the ids of delayed tasks')
    .addOption(queuesOption('only in these queues'))
  return withFilter(command, false).action((ids: string[], flags: BulkFlags) =>
    expedite(ids, flags, shutdown),
  )
}

async function expedite(ids: readonly string[], flags: BulkFlags, shutdown: Shutdown): Promise<void> {
  checkIdsAlone(ids, flags, false)
  if (ids.length > 0) return expediteByIds(ids, flags)
  if (!isNarrowed(flags)) throw new UsageError('Which tasks? Pass their ids, or --task, --since or --until.')
  await workInBulk(JOB, flags, shutdown)
}

const JOB: BulkJob = {
  command: 'alligator expedite by a filter',
  lists: true,
  ask: (what) => `make ${what} due now`,
  done: 'Made due',
  json: 'expedited',
  noun: 'delayed task',
  doing: 'Expediting',
  states: ['delayed'],
  step: expediteTasks,
}

async function expediteByIds(given: readonly string[], { queue, ...flags }: BulkFlags): Promise<void> {
  await withGator(flags, async (gator) => {
    const expediting = need(gator.backend, 'expediting', 'alligator expedite')
    const queues = await chosenQueues(gator, queue)
    const ids = await findIds(gator, queues, ['delayed'], given)
    const expedited: string[] = []
    for (const id of ids)
      for (const name of queues)
        if (await expediting.expedite(name, id)) {
          expedited.push(id)
          break
        }
    const missing = ids.filter((id) => !expedited.includes(id))
    if (flags.json) printJson({ expedited, missing })
    else print(...expedited.map((id) => `${printable(id)} is due now.`))
    if (missing.length > 0) throw new NotThereError('no delayed task', missing, queues, gator.backend)
  })
}
