import { createInterface } from 'node:readline/promises'
import { type Counts, redactDsn } from '@alligator/core'
import type { Command } from 'commander'
import { newStoreCommand } from '../command.js'
import { UsageError } from '../failure.js'
import { print, printJson } from '../output.js'
import { printable } from '../printable.js'
import { type StoreFlags, withGator } from '../with-gator.js'

interface DropFlags extends StoreFlags {
  readonly yes?: boolean
}

/** `alligator drop`. */
export function dropCommand(): Command {
  return newStoreCommand('drop')
    .summary('remove everything from a queue')
    .description(
      'Removes everything from a queue: waiting, delayed, running and dead tasks. There is no way back.',
    )
    .argument('<queue>', 'the queue')
    .option('--yes', 'do not ask')
    .action((queue: string, flags: DropFlags) => drop(queue, flags))
}

async function drop(queue: string, { yes = false, ...flags }: DropFlags): Promise<void> {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(queue))
    throw new UsageError(
      `"${printable(redactDsn(queue))}" is a store. Name the queue to drop, and the store with --conn.`,
    )
  if (!yes && !process.stdin.isTTY)
    throw new UsageError(
      `Nobody can be asked here whether to drop queue ${printable(queue)}. Pass --yes if you are sure.`,
    )
  await withGator(flags, async ({ backend }) => {
    const counts = await backend.counts(queue)
    const dropped = yes || (await agrees(queue, counts))
    if (dropped) await backend.dropAll(queue)
    if (flags.json) printJson({ queue, dropped, ...counts })
    else
      print(
        dropped ? `Queue ${printable(queue)} is empty: ${contents(counts)} removed.` : 'Nothing is removed.',
      )
  })
}

/** Asks on stderr, since stdout may be a file. */
async function agrees(queue: string, counts: Counts): Promise<boolean> {
  const asking = createInterface({ input: process.stdin, output: process.stderr })
  // Ctrl-C or Ctrl-D closes it, and is a no, too. The question then rejects, or on some versions of Node.js never settles.
  const closed = new Promise<undefined>((resolve) => asking.once('close', () => resolve(undefined)))
  const asked = asking.question(`Remove ${contents(counts)} from queue ${printable(queue)}? [y/N] `)
  const answer = await Promise.race([asked.catch(() => undefined), closed])
  if (answer === undefined) process.stderr.write('\n')
  asking.close()
  return /^y(es)?$/i.test((answer ?? '').trim())
}

function contents({ waiting, delayed, running, dead }: Counts): string {
  return `${waiting} waiting, ${delayed} delayed, ${running} running and ${dead} dead tasks`
}
