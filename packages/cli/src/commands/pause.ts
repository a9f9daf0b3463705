import { type Gator, type Pause, need } from '@alligator/core'
import type { Command } from 'commander'
import { newStoreCommand, queuesOption } from '../command.js'
import { duration, names } from '../option-parsers.js'
import { print, printJson } from '../output.js'
import { printable } from '../printable.js'
import { namedQueues } from '../queue-names.js'
import { queuesOf } from '@alligator/core/inspect'
import { momentOf } from '../times.js'
import { type StoreFlags, withGator } from '../with-gator.js'

interface PauseFlags extends StoreFlags {
  readonly queue?: readonly string[]
  readonly task?: string
  readonly for?: number
  readonly reason?: string
}

const WHICH = 'these queues'
const ONE = 'one function alone, by its name in a listing: src/emails#send, or send'
const OWN = "(default: all, or the gator's own)"

/** `alligator pause`. */
export function pauseCommand(): Command {
  return newStoreCommand('pause')
    .summary('keep the tasks of a queue back')
    .description(ABOUT)
    .option('--queue <names>', `${WHICH}: a,b ${OWN}`, names)
    .option('--task <name>', ONE)
    .option('--for <time>', 'so long, and then it goes on by itself: 1h', duration('--for'))
    .option('--reason <text>', 'why, for those who find it paused')
    .action((flags: PauseFlags) => pause(flags))
}

const ABOUT = `Keeps the tasks of a queue back: no worker is given any of them, at once and whatever is restarted, until \
alligator resume or the end of --for. What runs goes on, and tasks are put on the queue as ever.`

async function pause({ queue, task, for: seconds, reason, ...flags }: PauseFlags): Promise<void> {
  await withGator(flags, async (gator) => {
    const pausing = need(gator.backend, 'pausing', 'alligator pause')
    const queues = await namedOrOwn(gator, queue)
    const how = { for: seconds, reason }
    await Promise.all(
      queues.map((name) =>
        task === undefined ? pausing.pause(name, how) : gator.taskPauses.pause(name, task, how),
      ),
    )
    const paused = await look(gator, queues)
    if (flags.json) printJson({ paused })
    else print(...paused.map(pauseText))
  })
}

/** `alligator resume`. */
export function resumeCommand(): Command {
  return newStoreCommand('resume')
    .summary('let a paused queue go on')
    .description('Ends the pause of a queue; workers that wait for it go on at once.')
    .option('--queue <names>', `${WHICH}: a,b ${OWN}`, names)
    .option('--task <name>', ONE)
    .action((flags: PauseFlags) => resume(flags))
}

async function resume({ queue, task, ...flags }: PauseFlags): Promise<void> {
  await withGator(flags, async (gator) => {
    const pausing = need(gator.backend, 'pausing', 'alligator resume')
    const queues = await namedOrOwn(gator, queue)
    const were = await Promise.all(
      queues.map((name) => (task === undefined ? pausing.resume(name) : gator.taskPauses.resume(name, task))),
    )
    const resumed = queues.filter((_, at) => were[at])
    if (flags.json) return printJson({ resumed, ...(task !== undefined && { task }) })
    const text = (name: string) =>
      `${whatIs({ queue: name, task })} ${resumed.includes(name) ? 'goes on.' : 'was not paused.'}`
    print(...queues.map(text))
  })
}

/** `alligator paused`. */
export function pausedCommand(): Command {
  return newStoreCommand('paused')
    .summary('show which queues and functions are paused')
    .description(
      'Shows which queues, and which functions of them, are paused, since when, until when, and why.',
    )
    .addOption(queuesOption())
    .action((flags: PauseFlags) => paused(flags))
}

async function paused({ queue, ...flags }: PauseFlags): Promise<void> {
  await withGator(flags, async (gator) => {
    need(gator.backend, 'pausing', 'alligator paused')
    const queues =
      (await namedQueues(gator, queue)) ??
      [...new Set([...(await queuesOf(gator, undefined)), gator.queueName])].sort()
    const found = await look(gator, queues)
    if (flags.json) printJson({ paused: found })
    else if (found.length > 0) print(...found.map(pauseText))
    else print('No queue is paused.')
  })
}

interface QueuePause extends Pause {
  readonly queue: string
  /** Only this function of it. */
  readonly task?: string | undefined
}

async function look(gator: Gator, queues: readonly string[]): Promise<QueuePause[]> {
  const found: QueuePause[] = []
  for (const queue of queues) {
    const pause = await gator.backend.pausing?.paused(queue)
    if (pause) found.push({ queue, ...pause })
    if (gator.taskPauses.store)
      for (const one of await gator.pausedTasks(queue)) found.push({ queue, ...one })
  }
  return found
}

async function namedOrOwn(gator: Gator, named: readonly string[] | undefined): Promise<readonly string[]> {
  return (await namedQueues(gator, named)) ?? [gator.queueName]
}

/** A pause in a sentence. */
export function pauseText({ queue, task, until, reason }: QueuePause): string {
  const end = until === undefined ? 'until it is resumed' : `until ${momentOf(until)}`
  return `${whatIs({ queue, task })} is paused ${end}${reason === undefined ? '.' : `: ${printable(reason)}`}`
}

function whatIs({ queue, task }: Pick<QueuePause, 'queue' | 'task'>): string {
  const where = `ueue ${printable(queue)}`
  return task === undefined ? `Q${where}` : `${printable(task)} of q${where}`
}
