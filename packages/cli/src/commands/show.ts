import { type BatchState, type Gator, need } from '@alligator/core'
import { STATES, type TaskView, locate, readTask, whyItWaits } from '@alligator/core/inspect'
import type { Command } from 'commander'
import { newStoreCommand, queuesOption } from '../command.js'
import { factLines } from '../fact-lines.js'
import { findIds } from '../find-ids.js'
import { NotThereError } from '../not-there.js'
import { print, printJson } from '../output.js'
import { printable, printableJson } from '../printable.js'
import { chosenQueues } from '../queue-names.js'
import { painted } from '../table.js'
import { colors } from '../terminal.js'
import { momentOf } from '../times.js'
import { whyText } from '../why-words.js'
import { type StoreFlags, withGator } from '../with-gator.js'
import { type Runner, runnersOf, workersOf } from '../worker-status.js'
import { errorText } from './dead.js'
import { nameCell, progressText, stateCell } from './list.js'

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
  given: string,
  { queue, ...flags }: StoreFlags & { queue?: readonly string[] },
): Promise<void> {
  await withGator(flags, async (gator) => {
    need(gator.backend, 'listing', 'alligator show')
    const queues = await chosenQueues(gator, queue)
    const json = flags.json ?? false
    if (await showTask(gator, given, queues, json)) return
    if (await showEnd(gator, given, queues, json)) return
    // What is the whole id of something is not looked for as a part of others.
    const [id = given] = await findIds(gator, queues, STATES, [given])
    if (id !== given && (await showTask(gator, id, queues, json))) return
    throw new NotThereError('no task or batch', [given], queues, gator.backend)
  })
}

/** `false`: no queue holds such a task. */
async function showTask(
  gator: Gator,
  id: string,
  queues: readonly string[],
  json: boolean,
): Promise<boolean> {
  const { listing } = gator.backend
  const place = listing && (await locate(listing, queues, id))
  const task = place && (await readTask(gator, place.queue, id))
  if (!task) return false
  if (json) printJson(task)
  else print(...describeTask(task, await whyOf(gator, task), await runnerOf(gator, task)))
  return true
}

async function whyOf(gator: Gator, task: TaskView): Promise<string[]> {
  return (await whyItWaits(gator, task)).map((why) => whyText(why, gator.clock.now()))
}

async function runnerOf(gator: Gator, task: TaskView): Promise<Runner | undefined> {
  if (task.state !== 'running') return undefined
  return runnersOf(await workersOf(gator, [task.queue]))(task)
}

/** Of a task that is off its queue the end is known where it has kept its result. Or it is the id of a batch. `false`: neither. */
async function showEnd(gator: Gator, id: string, queues: readonly string[], json: boolean): Promise<boolean> {
  for (const queue of new Set([...queues, gator.queueName])) {
    const batch = await gator.backend.batches?.find(queue, id)
    if (batch) {
      if (json) printJson({ batchId: id, queue, ...batch })
      else print(...describeBatch(id, queue, batch))
      return true
    }
    const report = await gator.lookUp(id, queue)
    if (report?.state !== 'done') continue
    const { state, result = null, enqueuedAt } = report
    const facts = factLines([
      ['id', printable(id)],
      ['queue', printable(queue)],
      ['state', colors.green(state)],
      ['enqueued', enqueuedAt === undefined ? null : momentOf(enqueuedAt)],
      ['result', printableJson(result)],
    ])
    if (json) printJson({ queue, taskId: id, state, result, enqueuedAt })
    else print(...facts)
    return true
  }
  return false
}

function describeBatch(id: string, queue: string, batch: BatchState): string[] {
  const { total, succeeded, failed, pending, isFull, isCanceled, endedAt } = batch
  const state = endedAt === undefined ? (isFull ? 'open' : 'being filled') : 'ended'
  return factLines([
    ['batch', printable(id)],
    ['queue', printable(queue)],
    ['state', isCanceled ? `${state}, canceled` : state],
    ['members', `${total}: ${succeeded} succeeded, ${failed} failed, ${pending} pending`],
    ['ended', endedAt === undefined ? null : momentOf(endedAt)],
  ])
}

/** Everything about one task, line by line; `why` says what it waits for, and `runner` who runs it, where that is known. */
export function describeTask(task: TaskView, why: readonly string[], runner?: Runner): string[] {
  const { queue, taskId, state, priority, args, attempt, retries, headers, enqueuedAt, until, reason } = task
  const { waitsFor } = task
  const hasTry = attempt !== null && state !== 'dead'
  const facts = factLines([
    ['id', printable(taskId)],
    ['queue', printable(queue)],
    ['state', painted(stateCell(state))],
    ['level', priority],
    ['task', painted(nameCell(task))],
    ['arguments', task.name === null ? null : printableJson(args)],
    ['headers', headers && printableJson(headers)],
    [state === 'running' ? 'try' : 'next try', hasTry ? `${attempt}, and ${retries} more if it fails` : null],
    ['enqueued', enqueuedAt === null ? null : momentOf(enqueuedAt)],
    [state === 'running' ? 'lease ends' : 'due', until === undefined ? null : momentOf(until)],
    ['waits for', waitsFor?.map(printable).join(', ')],
    ['runs on', runner && `${printable(runner.worker)}, since ${momentOf(runner.since)}`],
    ['why', why.length > 0 ? why.join(' ') : null],
    ['progress', progressText(task)],
    ['steps', task.steps && printable(task.steps.join(', '))],
    ['died', reason && `${momentOf(reason.at)}, try ${reason.attempt}, on ${printable(reason.worker)}`],
    ['error', reason && colors.red(errorText(task))],
  ])
  const log = task.log?.map(({ at, line }) => `  ${colors.dim(momentOf(at))}  ${printable(line)}`) ?? []
  const stack = reason?.stack?.split('\n').map((line) => `  ${printable(line)}`) ?? []
  return [...facts, ...stack, ...(log.length > 0 ? [colors.bold('log'), ...log] : [])]
}
