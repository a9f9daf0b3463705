import type { Gator, Schedule } from '@alligator/core'
import { messageOf } from '@alligator/core'
import { type Command, Option } from 'commander'
import { newStoreCommand } from '../command.js'
import { names, wholeNumber } from '../option-parsers.js'
import { print, printJson } from '../output.js'
import { printable } from '../printable.js'
import { EXPORTS, type ExportName, exportLines } from '../schedule-exports.js'
import { namedQueues } from '../queue-names.js'
import { NoScheduleError } from '../no-schedule.js'
import { localTimeOf, timingOf } from '../schedule-words.js'
import { cutName } from '../shorten.js'
import { type Cell, type Column, tableLines } from '../table.js'
import { colors, outputWidth } from '../terminal.js'
import { lengthOf } from '../times.js'
import { type StoreFlags, withGator } from '../with-gator.js'

interface ScheduleFlags extends StoreFlags {
  readonly queue?: readonly string[]
}

interface ListFlags extends ScheduleFlags {
  readonly export?: ExportName
}

/** Times that `next` shows unless told otherwise. */
const COUNT = 5

/** `alligator schedules`. */
export function schedulesCommand(): Command {
  return newScheduleCommand('schedules')
    .summary('show the schedules, and what each does next')
    .description('Shows the schedules of a queue in plain words, with their last and next times.')
    .addOption(new Option('--export <form>', 'write them for what ticks by itself').choices(EXPORTS))
    .action((flags: ListFlags) => list(flags))
    .addCommand(
      newScheduleCommand('next')
        .summary('show the next times of schedules')
        .argument('<ids...>', 'the ids of schedules')
        .option('--count <n>', `number of times (default: ${COUNT})`, wholeNumber(1, 1000))
        .action((ids: string[], _flags: object, command: Command) => next(ids, command.optsWithGlobals())),
    )
    .addCommand(
      changing('run', 'push the tasks of schedules now, besides their ticks', async (schedule) => {
        const { taskId } = await schedule.run()
        return { line: `has pushed task ${printable(taskId)}.`, facts: { taskId } }
      }),
    )
    .addCommand(
      changing('pause', 'make no ticks until they are resumed', async (schedule) => {
        await schedule.pause()
        return { line: 'is paused.', facts: {} }
      }),
    )
    .addCommand(
      changing('resume', 'make ticks again, from the next one on', async (schedule, gator) => {
        const { next: time } = (await schedule.resume()) ?? {}
        const when = time ? `, and ticks in ${lengthOf(time.getTime() / 1000 - gator.clock.now())}` : ''
        return { line: `is resumed${when}.`, facts: { next: unixOf(time) } }
      }),
    )
    .addCommand(
      changing('rm', 'remove schedules; tasks that they have pushed stay', async ({ id, queue }, gator) => {
        await gator.unschedule(id, queue)
        return { line: 'is removed.', facts: {} }
      }),
    )
}

function newScheduleCommand(name: string): Command {
  const queue = new Option('--queue <names>', "of these queues: a,b (default: the gator's)").argParser(names)
  return newStoreCommand(name).addOption(queue)
}

// What a subcommand shares with `schedules` itself is read by that, wherever it stands: so each asks for the options of both.

/** What became of one schedule: for people, and for programs. */
interface Change {
  readonly line: string
  readonly facts: object
}

function changing(
  name: string,
  summary: string,
  change: (schedule: Schedule, gator: Gator) => Promise<Change>,
): Command {
  return newScheduleCommand(name)
    .summary(summary)
    .argument('<ids...>', 'the ids of schedules')
    .action((ids: string[], _flags: object, command: Command) =>
      withNamed(ids, command.optsWithGlobals(), async (gator, schedules, report) => {
        for (const schedule of schedules) {
          const { line, facts } = await change(schedule, gator)
          report(`Schedule ${printable(schedule.id)} ${line}`, {
            id: schedule.id,
            queue: schedule.queue,
            ...facts,
          })
        }
      }),
    )
}

/** Does something with the schedules that are named; tells at the end which of them there are not. */
async function withNamed(
  ids: readonly string[],
  { queue, ...flags }: ScheduleFlags,
  step: (
    gator: Gator,
    schedules: readonly Schedule[],
    report: (line: string, facts: object) => void,
  ) => Promise<void>,
): Promise<void> {
  await withGator(flags, async (gator) => {
    const queues = (await namedQueues(gator, queue)) ?? [gator.queueName]
    const found = (await schedulesOf(gator, queues)).filter(({ id }) => ids.includes(id))
    const missing = ids.filter((id) => !found.some((schedule) => schedule.id === id))
    const done: object[] = []
    await step(gator, found, (line, facts) => {
      done.push(facts)
      if (!flags.json) print(line)
    })
    if (flags.json) printJson({ schedules: done, missing })
    if (missing.length > 0) throw new NoScheduleError(missing, queues)
  })
}

async function next(
  ids: readonly string[],
  { count = COUNT, ...flags }: ScheduleFlags & { count?: number },
): Promise<void> {
  await withNamed(ids, flags, async (gator, schedules, report) => {
    for (const schedule of schedules) {
      const { id, queue, timeZone = 'UTC' } = schedule
      const times = await schedule.upcoming(count)
      const lines = times.map(
        (time) =>
          `  ${localTimeOf(time, timeZone)}   in ${lengthOf(time.getTime() / 1000 - gator.clock.now())}`,
      )
      const none = schedule.isPaused ? '  It is paused.' : '  It is over.'
      const text = [`${printable(id)}: ${timingOf(schedule)}`, ...(lines.length > 0 ? lines : [none])]
      report(text.join('\n'), { id, queue, next: times.map(unixOf) })
    }
  })
}

async function list({ queue, export: form, ...flags }: ListFlags): Promise<void> {
  await withGator(flags, async (gator) => {
    const schedules = await schedulesOf(gator, (await namedQueues(gator, queue)) ?? [gator.queueName])
    if (flags.json) return printJson({ schedules: schedules.map((schedule) => factsOf(gator, schedule)) })
    if (form) return print(...exportLines(form, schedules, (schedule) => nameOf(gator, schedule)))
    if (schedules.length === 0) print('No schedules.')
    else print(...scheduleTable(gator, schedules, outputWidth()))
  })
}

/** The schedules of some queues. */
export async function schedulesOf(gator: Gator, queues: readonly string[]): Promise<Schedule[]> {
  return (await Promise.all([...new Set(queues)].map((queue) => gator.schedules(queue)))).flat()
}

const COLUMNS: readonly Column[] = [
  { title: 'ID', least: 8 },
  { title: 'WHEN', least: 12 },
  { title: 'NEXT' },
  { title: 'LAST', spare: 1 },
  { title: 'TASK', least: 10, shorten: cutName, spare: 2 },
  { title: 'RUNS', align: 'right', spare: 4 },
  { title: 'DROPPED', align: 'right', spare: 5 },
  { title: 'QUEUE', least: 6, spare: 3 },
]

/** Schedules in plain words, a line for each below the titles. */
export function scheduleTable(gator: Gator, schedules: readonly Schedule[], width: number): string[] {
  const now = gator.clock.now()
  const isOneQueue = new Set(schedules.map(({ queue }) => queue)).size === 1
  const rows = schedules.map((schedule): Cell[] => [
    printable(schedule.id),
    timingOf(schedule),
    nextText(schedule, now),
    schedule.last ? `${lengthOf(now - schedule.last.getTime() / 1000)} ago` : 'never',
    printable(nameOf(gator, schedule) ?? ''),
    String(schedule.runs),
    schedule.dropped > 0 ? { text: String(schedule.dropped), paint: colors.yellow } : '0',
    ...(isOneQueue ? [] : [printable(schedule.queue)]),
  ])
  return tableLines(isOneQueue ? COLUMNS.slice(0, -1) : COLUMNS, rows, width)
}

export function nextText({ next: time, isPaused }: Schedule, now: number): Cell {
  if (isPaused) return { text: 'paused', paint: colors.yellow }
  if (!time) return 'over'
  const seconds = time.getTime() / 1000 - now
  if (seconds >= -60) return `in ${lengthOf(seconds)}`
  return { text: `${lengthOf(-seconds)} late`, paint: colors.red }
}

/** `module#callable` of its task. */
export function nameOf({ context }: Gator, { task }: Schedule): string | undefined {
  if (!task?.func) return undefined
  const { module, callable } = context.refs.find(task.func)
  return `${module}#${callable}`
}

/** A schedule for programs. */
export function factsOf(gator: Gator, schedule: Schedule): object {
  const { id, queue, cron, every, at, timeZone, missed, jitter, overlap, limit, runs, dropped, error } =
    schedule
  const { startAt, endAt, next: time, last, isPaused, task } = schedule
  return {
    ...{ id, queue, cron, every, at: unixOf(at), timeZone, words: timingOf(schedule) },
    ...{ missed, jitter, overlap, limit, startAt: unixOf(startAt), endAt: unixOf(endAt) },
    ...{ next: unixOf(time) ?? null, last: unixOf(last) ?? null, runs, dropped, paused: isPaused },
    ...(task && { name: nameOf(gator, schedule) ?? null, args: task.funcArgs }),
    ...(error !== undefined && { unreadable: messageOf(error) }),
  }
}

function unixOf(date: Date | undefined): number | undefined {
  return date && date.getTime() / 1000
}
