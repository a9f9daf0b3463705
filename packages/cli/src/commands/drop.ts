import { type Counts, redactDsn } from '@alligator/core'
import type { Command } from 'commander'
import { agrees, checkCanAsk } from '../ask.js'
import { newStoreCommand } from '../command.js'
import { UsageError } from '../failure.js'
import { print, printJson } from '../output.js'
import { printable } from '../printable.js'
import { type StoreFlags, withGator } from '../with-gator.js'

interface DropFlags extends StoreFlags {
  readonly dryRun?: boolean
  readonly yes?: boolean
}

/** `alligator drop`. */
export function dropCommand(): Command {
  return newStoreCommand('drop')
    .summary('remove everything from a queue')
    .description(
      'Removes everything from a queue: waiting, delayed, running and dead tasks. There is no way back. Some of its tasks alone go with alligator cancel and --task, --error or --state.',
    )
    .argument('<queue>', 'the queue')
    .option('--dry-run', 'tell what there is, and change nothing')
    .option('--yes', 'do not ask')
    .action((queue: string, flags: DropFlags) => drop(queue, flags))
}

async function drop(queue: string, { dryRun = false, yes = false, ...flags }: DropFlags): Promise<void> {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(queue))
    throw new UsageError(
      `"${printable(redactDsn(queue))}" is a store. Name the queue to drop, and the store with --conn.`,
    )
  if (!yes && !dryRun) checkCanAsk(`drop queue ${printable(queue)}`)
  await withGator(flags, async ({ backend }) => {
    const counts = await backend.counts(queue)
    const question = `Remove ${contents(counts)} from queue ${printable(queue)}?`
    const dropped = !dryRun && (yes || (await agrees(question)))
    if (dropped) await backend.dropAll(queue)
    if (flags.json) printJson({ queue, dropped, ...counts })
    else
      print(
        ...(dryRun ? [`Queue ${printable(queue)} holds ${contents(counts)}.`] : []),
        dropped ? `Queue ${printable(queue)} is empty: ${contents(counts)} removed.` : 'Nothing is removed.',
      )
  })
}

function contents({ waiting, delayed, running, dead }: Counts): string {
  return `${waiting} waiting, ${delayed} delayed, ${running} running and ${dead} dead tasks`
}
