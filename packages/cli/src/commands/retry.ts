import { type Client, type DeadLetters, type Gator, need } from '@alligator/core'
import type { Command } from 'commander'
import { newStoreCommand, queuesOption } from '../command.js'
import { UsageError } from '../failure.js'
import { NotThereError } from '../not-there.js'
import { counted, print, printJson } from '../output.js'
import { printable } from '../printable.js'
import { Progress } from '../progress.js'
import { queuesOf } from '../stored-tasks.js'
import { type StoreFlags, withGator } from '../with-gator.js'

interface RetryFlags extends StoreFlags {
  readonly all?: boolean
  readonly queue?: readonly string[]
}

/** Dead letters put back in one call. */
const AT_ONCE = 500

/** `alligator retry`. */
export function retryCommand(): Command {
  return newStoreCommand('retry')
    .summary('put dead letters back to work')
    .description(
      'Puts dead letters back at the end of their queue, for one more try, or as many as they have left.',
    )
    .argument('[ids...]', 'the ids of dead letters')
    .option('--all', 'all of them')
    .addOption(queuesOption('only in these queues'))
    .action((ids: string[], flags: RetryFlags) => retry(ids, flags))
}

async function retry(ids: readonly string[], { all = false, queue, ...flags }: RetryFlags): Promise<void> {
  if (all === ids.length > 0) throw new UsageError('Which dead letters? Pass their ids, or --all.')
  await withGator(flags, async (gator) => {
    const queues = await queuesOf(gator, queue)
    if (all) return tellAll(await retryAll(gator, queues), queues, flags.json)
    const deadLetters = deadLettersOf(gator.backend)
    const retried: string[] = []
    for (const id of ids) if (await retryOne(deadLetters, queues, id)) retried.push(id)
    const missing = ids.filter((id) => !retried.includes(id))
    if (flags.json) printJson({ retried, missing })
    else print(...retried.map((id) => `${printable(id)} is back on its queue.`))
    if (missing.length > 0) throw new NotThereError('no dead letter', missing, queues, gator.backend)
  })
}

function tellAll(count: number, queues: readonly string[], json = false): void {
  if (json) return printJson({ retried: count })
  const where = queues.length === 1 ? ` of queue ${printable(String(queues[0]))}` : ''
  print(`Put back to work: ${counted(count, 'dead letter')}${where}.`)
}

function deadLettersOf(backend: Client): DeadLetters {
  return need(backend, 'deadLetters', 'alligator retry')
}

async function retryOne(deadLetters: DeadLetters, queues: readonly string[], id: string): Promise<boolean> {
  for (const queue of queues) if ((await deadLetters.kick(queue, [id])) > 0) return true
  return false
}

async function retryAll({ backend }: Gator, queues: readonly string[]): Promise<number> {
  using progress = new Progress('Retrying')
  let retried = 0
  for (const queue of queues) {
    const { dead } = await backend.counts(queue)
    retried += await retryQueue(backend, queue, dead, (done) => progress.show(done, dead))
  }
  return retried
}

/** No more than were dead at the start, since a worker may make new ones of them meanwhile. */
async function retryQueue(
  backend: Client,
  queue: string,
  dead: number,
  show: (done: number) => void,
): Promise<number> {
  const deadLetters = deadLettersOf(backend)
  const { listing } = backend
  if (!listing) return deadLetters.kick(queue)
  let retried = 0
  while (retried < dead) {
    const { tasks } = await listing.list(queue, 'dead', { limit: Math.min(AT_ONCE, dead - retried) })
    if (tasks.length === 0) break
    retried += await deadLetters.kick(
      queue,
      tasks.map(({ taskId }) => taskId),
    )
    show(retried)
  }
  return retried
}
