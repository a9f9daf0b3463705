import type { Client } from '@alligator/core'
import type { Command } from 'commander'
import { newStoreCommand } from '../command.js'
import { NotThereError, TaskRunsError } from '../not-there.js'
import { names } from '../option-parsers.js'
import { print, printJson } from '../output.js'
import { printable } from '../printable.js'
import { requireStore } from '../store-cannot.js'
import { locate, queuesOf } from '../stored-tasks.js'
import { type StoreFlags, withGator } from '../with-gator.js'

interface CancelFlags extends StoreFlags {
  readonly queue?: readonly string[]
}

/** `alligator cancel`. */
export function cancelCommand(): Command {
  return newStoreCommand('cancel')
    .summary('take tasks off their queue unrun')
    .description('Takes tasks off their queue: waiting, delayed and dead ones. One that runs is left alone.')
    .argument('<ids...>', 'the ids of tasks')
    .option('--queue <names>', 'only in these queues: a,b (default: all that hold anything)', names)
    .action((ids: string[], flags: CancelFlags) => cancel(ids, flags))
}

async function cancel(ids: readonly string[], { queue, ...flags }: CancelFlags): Promise<void> {
  await withGator(flags, async (gator) => {
    const { backend } = gator
    requireStore('cancel', backend, 'remove')
    const queues = await queuesOf(gator, queue)
    const canceled: string[] = []
    for (const id of ids) if (await cancelOne(backend, queues, id)) canceled.push(id)
    const missing = ids.filter((id) => !canceled.includes(id))
    if (flags.json) printJson({ canceled, missing })
    else print(...canceled.map((id) => `${printable(id)} is canceled.`))
    if (missing.length > 0) throw await whyNot(backend, queues, missing)
  })
}

async function cancelOne(backend: Client, queues: readonly string[], id: string): Promise<boolean> {
  for (const queue of queues) if ((await backend.remove(queue, id)) !== undefined) return true
  return false
}

async function whyNot(backend: Client, queues: readonly string[], ids: readonly string[]): Promise<Error> {
  for (const id of backend.capabilities.find ? ids : []) {
    if ((await locate(backend, queues, id))?.state === 'running') return new TaskRunsError(id)
  }
  return new NotThereError('no task that could be canceled:', ids, queues)
}
