import { type Canceled, type Client, type StoredState, cancelTask } from '@alligator/core'
import { STATES, cancelTasks } from '@alligator/core/inspect'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { type BulkFlags, type BulkJob, checkIdsAlone, isNarrowed, withFilter, workInBulk } from '../bulk.js'
import { newStoreCommand, queuesOption } from '../command.js'
import { UsageError } from '../failure.js'
import { findIds } from '../find-ids.js'
import { NotThereError } from '../not-there.js'
import { names } from '../option-parsers.js'
import { print, printJson } from '../output.js'
import { printable } from '../printable.js'
import { chosenQueues } from '../queue-names.js'
import type { Shutdown } from '../shutdown.js'
import { withGator } from '../with-gator.js'

interface CancelFlags extends BulkFlags {
  readonly state?: readonly StoredState[]
}

/** `alligator cancel`. */
export function cancelCommand(shutdown: Shutdown): Command {
  const command = newStoreCommand('cancel')
    .summary('take tasks off their queue')
    .description(
      'Takes tasks off their queue for good: those whose ids are given, in whatever state, or all that match. One that runs is told to stop, where the store can do that.',
    )
    .argument('[ids...]', 'the ids of tasks')
    .addOption(queuesOption('only in these queues'))
    .addOption(
      new Option(
        '--state <states>',
        `in these states: ${STATES.join(',')} (default: ${LIVING.join(',')}; dead with --error)`,
      ).argParser(stateNames),
    )
  return withFilter(command, true).action((ids: string[], flags: CancelFlags) => cancel(ids, flags, shutdown))
}

/** What is dead is kept until somebody says so. */
const LIVING: readonly StoredState[] = ['running', 'waiting', 'delayed']

async function cancel(ids: readonly string[], flags: CancelFlags, shutdown: Shutdown): Promise<void> {
  const { state, error } = flags
  checkIdsAlone(ids, flags, state !== undefined)
  if (ids.length > 0) return cancelByIds(ids, flags)
  if (!isNarrowed(flags) && state === undefined)
    throw new UsageError(
      'Which tasks? Pass their ids, or --task, --error, --since, --until or --state. A whole queue goes with alligator drop.',
    )
  const states = state ?? (error === undefined ? LIVING : ['dead'])
  await workInBulk({ ...JOB, states }, flags, shutdown)
}

const JOB: Omit<BulkJob, 'states'> = {
  command: 'alligator cancel by a filter',
  lists: true,
  ask: (what) => `cancel ${what}`,
  done: 'Canceled',
  json: 'canceled',
  noun: 'task',
  doing: 'Canceling',
  step: cancelTasks,
}

function stateNames(text: string, before: readonly StoredState[] = []): StoredState[] {
  const states = names(text).map((name) => STATES.find((state) => state === name))
  if (states.includes(undefined)) throw new InvalidArgumentError(`Pass some of ${STATES.join(', ')}.`)
  return [...before, ...states.filter((state) => state !== undefined)]
}

async function cancelByIds(given: readonly string[], { queue, ...flags }: CancelFlags): Promise<void> {
  await withGator(flags, async (gator) => {
    const { backend } = gator
    const queues = await chosenQueues(gator, queue)
    const ids = await findIds(gator, queues, STATES, given)
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
