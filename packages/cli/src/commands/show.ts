import { type BatchState, type Client, type Listing, type StoredTask, need } from '@alligator/core'
import { type TaskView, MOST_ON_PAGE, locate, pagesOf, queuesOf, viewTasks } from '@alligator/core/inspect'
import type { Command } from 'commander'
import { newStoreCommand, queuesOption } from '../command.js'
import { NotThereError } from '../not-there.js'
import { print, printJson } from '../output.js'
import { printable, printableJson } from '../printable.js'
import { colors } from '../terminal.js'
import { momentOf } from '../times.js'
import { type StoreFlags, withGator } from '../with-gator.js'
import { errorText } from './dead.js'
import { nameText, stateText } from './list.js'

/** `alligator show`. */
export function showCommand(): Command {
  return newStoreCommand('show')
    .summary('show everything about one task')
    .description('Shows one task: its function, arguments, tries and times, and of a dead letter the error.')
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
    const found = await findTask(listing, queues, id)
    if (!found) return showBatch(gator.backend, queues, id, flags.json)
    const [task] = await viewTasks(gator, [{ queue: found.queue, task: found.stored }])
    if (!task) return
    if (flags.json) printJson(task)
    else print(...describe(task))
  })
}

/** It may be the id of a batch. */
async function showBatch(
  backend: Client,
  queues: readonly string[],
  id: string,
  asJson: boolean | undefined,
): Promise<void> {
  for (const queue of queues) {
    const batch = await backend.batches?.find(queue, id)
    if (!batch) continue
    if (asJson) printJson({ batchId: id, queue, ...batch })
    else print(...describeBatch(id, queue, batch))
    return
  }
  throw new NotThereError('no task or batch', [id], queues, backend)
}

function describeBatch(id: string, queue: string, batch: BatchState): string[] {
  const { total, succeeded, failed, pending, isFull, isCanceled, endedAt } = batch
  const state = endedAt === undefined ? (isFull ? 'open' : 'being filled') : 'ended'
  return lines([
    ['batch', printable(id)],
    ['queue', printable(queue)],
    ['state', isCanceled ? `${state}, canceled` : state],
    ['members', `${total}: ${succeeded} succeeded, ${failed} failed, ${pending} pending`],
    ['ended', endedAt === undefined ? null : momentOf(endedAt)],
  ])
}

/** The store tells its state at once; to read it is to page through all in that state. */
async function findTask(
  listing: Listing,
  queues: readonly string[],
  id: string,
): Promise<{ queue: string; stored: StoredTask } | undefined> {
  const place = await locate(listing, queues, id)
  if (!place) return undefined
  for await (const tasks of pagesOf(listing, place, MOST_ON_PAGE)) {
    const stored = tasks.find(({ taskId }) => taskId === id)
    if (stored) return { queue: place.queue, stored }
  }
  return undefined
}

function describe(task: TaskView): string[] {
  const { queue, taskId, state, priority, args, attempt, retries, headers, enqueuedAt, until, reason } = task
  const { waitsFor } = task
  const hasTry = attempt !== null && state !== 'dead'
  const facts = lines([
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
    ['waits for', waitsFor?.map(printable).join(', ')],
    ['died', reason && `${momentOf(reason.at)}, try ${reason.attempt}, on ${printable(reason.worker)}`],
    ['error', reason && errorText(task)],
  ])
  const stack = reason?.stack?.split('\n').map((line) => `  ${printable(line)}`) ?? []
  return [...facts, ...stack]
}

/** What is told of something, without what there is nothing to tell of. */
function lines(facts: readonly (readonly [title: string, text: string | null | undefined])[]): string[] {
  return facts.flatMap(([title, text]) => (text == null ? [] : [`${colors.bold(title.padEnd(10))}  ${text}`]))
}
