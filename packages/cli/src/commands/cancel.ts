import { type Canceled, type Client, cancelTask } from '@alligator/core'
import type { Command } from 'commander'
import { newStoreCommand, queuesOption } from '../command.js'
import { NotThereError } from '../not-there.js'
import { print, printJson } from '../output.js'
import { printable } from '../printable.js'
import { queuesOf } from '../stored-tasks.js'
import { type StoreFlags, withGator } from '../with-gator.js'

interface CancelFlags extends StoreFlags {
  readonly queue?: readonly string[]
}

/** `alligator cancel`. */
export function cancelCommand(): Command {
  return newStoreCommand('cancel')
    .summary('take tasks off their queue')
    .description(
      'Takes tasks off their queue for good, in whatever state. One that runs is told to stop, where the store can do that.',
    )
    .argument('<ids...>', 'the ids of tasks')
    .addOption(queuesOption('only in these queues'))
    .action((ids: string[], flags: CancelFlags) => cancel(ids, flags))
}

async function cancel(ids: readonly string[], { queue, ...flags }: CancelFlags): Promise<void> {
  await withGator(flags, async (gator) => {
    const { backend } = gator
    const queues = await queuesOf(gator, queue)
    const canceled: { taskId: string; wasRunning: boolean }[] = []
    for (const taskId of ids) {
      const found = await cancelOne(backend, queues, taskId)
      if (found) canceled.push({ taskId, wasRunning: found.wasRunning })
    }
    const missing = ids.filter((id) => !canceled.some(({ taskId }) => taskId === id))
    if (flags.json) printJson({ canceled, missing })
    else
      print(
        ...canceled.map(
          ({ taskId, wasRunning }) => `${printable(taskId)} is canceled${wasRunning ? WAS_RUNNING : ''}.`,
        ),
      )
    if (missing.length > 0)
      throw new NotThereError('no task that could be canceled:', missing, queues, backend)
  })
}

const WAS_RUNNING = '; it was running, and its worker is told to stop it'

async function cancelOne(
  backend: Client,
  queues: readonly string[],
  id: string,
): Promise<Canceled | undefined> {
  for (const queue of queues) {
    const canceled = await cancelTask(backend, queue, id, 'alligator cancel')
    if (canceled) return canceled
  }
  return undefined
}
