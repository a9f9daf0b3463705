import { type Gator, need } from '@alligator/core'
import { type TaskView, locate, queuesOf, viewTask, withNote } from '@alligator/core/inspect'
import type { Command } from 'commander'
import { newStoreCommand, queuesOption } from '../command.js'
import { NotThereError } from '../not-there.js'
import { print, printJson } from '../output.js'
import { printable, printableJson } from '../printable.js'
import { colors } from '../terminal.js'
import { momentOf } from '../times.js'
import { type StoreFlags, withGator } from '../with-gator.js'
import { errorText } from './dead.js'
import { nameText, progressText, stateText } from './list.js'

/** `alligator show`. */
export function showCommand(): Command {
  return newStoreCommand('show')
    .summary('show everything about one task')
    .description(
      'Shows one task: its function, arguments, tries and times, what it has told, and of a dead letter the error.',
    )
    .argument('<id>', 'the id of the task')
    .addOption(queuesOption('look in these queues'))
    .action((id: string, flags: StoreFlags & { queue?: string[] }) => show(id, flags))
}

async function show(
  id: string,
  { queue, ...flags }: StoreFlags & { queue?: readonly string[] },
): Promise<void> {
  await withGator(flags, async (gator) => {
    const listing = need(gator.backend, 'listing', 'alligator show')
    const queues = await queuesOf(gator, queue)
    const place = await locate(listing, queues, id)
    const stored = place && (await listing.get(place.queue, id))
    if (!place || !stored) return showEnd(gator, id, queues, flags.json ?? false)
    const task = await withNote(gator, await viewTask(gator, place.queue, stored))
    if (flags.json) printJson(task)
    else print(...describe(task))
  })
}

/** It is off its queue; of one that has kept its result that is known. */
async function showEnd(gator: Gator, id: string, queues: readonly string[], json: boolean): Promise<void> {
  for (const queue of new Set([...queues, gator.queueName])) {
    const report = await gator.lookUp(id, queue)
    if (report?.state !== 'done') continue
    const { state, result = null, enqueuedAt } = report
    if (json) return printJson({ queue, taskId: id, state, result, enqueuedAt })
    return print(
      ...lined([
        ['id', printable(id)],
        ['queue', printable(queue)],
        ['state', colors.green(state)],
        ['enqueued', enqueuedAt === undefined ? null : momentOf(enqueuedAt)],
        ['result', printableJson(result)],
      ]),
    )
  }
  throw new NotThereError('no task', [id], queues, gator.backend)
}

function describe(task: TaskView): string[] {
  const { queue, taskId, state, priority, args, attempt, retries, headers, enqueuedAt, until, reason } = task
  const hasTry = attempt !== null && state !== 'dead'
  const lines: [string, string | null | undefined][] = [
    ['id', printable(taskId)],
    ['queue', printable(queue)],
    ['state', stateText(state)],
    ['level', priority],
    ['task', nameText(task)],
    ['arguments', task.name === null ? null : printableJson(args)],
    ['headers', headers && printableJson(headers)],
    [state === 'running' ? 'try' : 'next try', hasTry ? `${attempt}, and ${retries} more if it fails` : null],
    ['enqueued', enqueuedAt === null ? null : momentOf(enqueuedAt)],
    [state === 'running' ? 'lease ends' : 'due', until === undefined ? null : momentOf(until)],
    ['progress', progressText(task)],
    ['steps', task.steps && printable(task.steps.join(', '))],
    ['died', reason && `${momentOf(reason.at)}, try ${reason.attempt}, on ${printable(reason.worker)}`],
    ['error', reason && errorText(task)],
  ]
  const facts = lined(lines)
  const log = task.log?.map(({ at, line }) => `  ${colors.dim(momentOf(at))}  ${printable(line)}`) ?? []
  const stack = reason?.stack?.split('\n').map((line) => `  ${printable(line)}`) ?? []
  return [...facts, ...stack, ...(log.length > 0 ? [colors.bold('log'), ...log] : [])]
}

function lined(lines: readonly (readonly [string, string | null | undefined])[]): string[] {
  return lines.flatMap(([title, text]) => (text == null ? [] : [`${colors.bold(title.padEnd(10))}  ${text}`]))
}
