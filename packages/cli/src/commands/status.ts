import { existsSync } from 'node:fs'
import { type Client, type Gator, type WorkerInfo, redactDsn, sleep, systemClock } from '@alligator/core'
import { PRIORITIES } from '@alligator/core/backend'
import { eraseLines } from 'ansi-escapes'
import type { Command } from 'commander'
import { newStoreCommand, queuesOption } from '../command.js'
import { duration } from '../option-parsers.js'
import { counted, print, printJson } from '../output.js'
import { printable } from '../printable.js'
import { namedQueues } from '../queue-names.js'
import { type QueueStatus, QueueWatch } from '../queue-status.js'
import { fileOf } from '../start-line.js'
import { type Cell, type Column, tableLines } from '../table.js'
import { colors, outputWidth } from '../terminal.js'
import { lengthOf } from '../times.js'
import { type StoreFlags, withGator } from '../with-gator.js'
import { pauseText } from './pause.js'
import { type QueueThroughput, throughputOfAll, throughputTable } from '../throughput-status.js'
import { type WorkerStatus, unservedOf, workerTable, workersOf } from '../worker-status.js'

interface StatusFlags extends StoreFlags {
  readonly queue?: readonly string[]
  readonly watch?: number | true
}

/** A store at one moment. */
interface Look {
  readonly queues: readonly QueueStatus[]
  /** Absent where the store does not know them. */
  readonly workers: readonly WorkerStatus[] | undefined
  /** Absent where the store does not keep it. */
  readonly throughput: readonly QueueThroughput[] | undefined
}

/** Seconds between two looks unless told otherwise. */
const PACE = 2

/** `alligator status`. */
export function statusCommand(): Command {
  return newStoreCommand('status')
    .summary('count the tasks of each queue, and show its workers')
    .description(
      'Counts the tasks of each queue by state, tells for how long the first one that waits has been there, how they have ended within the last hour and day, and which workers are at work.',
    )
    .addOption(queuesOption())
    .option(
      '--watch [time]',
      `look again every so often, and tell how fast queues grow (default: ${PACE}s)`,
      duration('--watch'),
    )
    .action((flags: StatusFlags) => status(flags))
}

async function status({ queue, watch, ...flags }: StatusFlags): Promise<void> {
  await withGator(flags, async (gator) => {
    const watching = new QueueWatch(gator)
    const look = async () => {
      const named = await namedQueues(gator, queue)
      return {
        queues: await watching.look(named),
        workers: await workersOf(gator, named),
        throughput: await throughputOfAll(gator, named),
      }
    }
    const show = flags.json ? jsonPrinter(gator) : textPrinter(gator, notesOn(gator.backend, queue))
    show(await look())
    if (watch === undefined) return
    // Until a signal ends the process, or nobody reads any more.
    const unread = new AbortController()
    process.stdout.once('error', () => unread.abort())
    for (;;) {
      await sleep(systemClock, watch === true ? PACE : watch, unread.signal)
      if (unread.signal.aborted) return
      show(await look())
    }
  })
}

function jsonPrinter({ backend }: Gator): (look: Look) => void {
  const store = redactDsn(backend.dsn)
  const exact = backend.exactCounts
  return (look) => printJson({ store, exact, ...look })
}

/** What else a reader of the table must know. */
function notesOn({ exactCounts, listing }: Client, named: readonly string[] | undefined): string[] {
  const notes = []
  if (!exactCounts) notes.push('This store only estimates these numbers.')
  if (!listing && !named) notes.push('This store cannot tell its queues: name others with --queue.')
  return notes
}

/** Each look takes the place of the one before, on a terminal. */
function textPrinter({ backend, clock }: Gator, notes: readonly string[]): (look: Look) => void {
  let drawn = 0
  return ({ queues, workers, throughput = [] }) => {
    const width = outputWidth()
    const table =
      queues.length > 0
        ? statusTable(queues, width, { workers })
        : ['No queue holds anything.', ...absentNote(backend)]
    const atWork = workers?.length ? ['', ...workerTable(workers, queues, clock.now(), width)] : []
    const ended = throughput.length > 0 ? ['', ...throughputTable(throughput, width)] : []
    const full = queues.filter((status) => status.full).map(fullNote)
    const paused = queues.flatMap(({ queue, paused: pause }) =>
      pause ? [pauseText({ queue, ...pause })] : [],
    )
    const unserved = unservedOf(queues, workers).map(unservedNote)
    const lines = [...table, ...full, ...paused, ...unserved, ...notes, ...ended, ...atWork]
    if (drawn > 0) process.stdout.write(process.stdout.isTTY ? eraseLines(drawn + 1) : '\n')
    print(...lines)
    drawn = lines.length
  }
}

/** A name that was mistyped leads to a file that is not there. */
function absentNote({ dsn }: Client): string[] {
  const file = fileOf(dsn)
  return file === undefined || existsSync(file)
    ? []
    : [`There is no file ${printable(file)} yet: the first task makes it.`]
}

function unservedNote({ queue, waiting, delayed }: QueueStatus): string {
  const held = counted(waiting + delayed, 'task')
  return colors.yellow(`No worker takes tasks from queue ${printable(queue)}, which holds ${held}.`)
}

function fullNote({ queue, dead }: QueueStatus): string {
  return colors.red(
    `"${printable(queue)}" has ${dead} dead letters, the most that are kept: the oldest are dropped for new ones.`,
  )
}

const COLUMNS = {
  queue: { title: 'QUEUE', least: 8 },
  waiting: { title: 'WAITING', align: 'right' },
  delayed: { title: 'DELAYED', align: 'right', spare: 3 },
  running: { title: 'RUNNING', align: 'right', spare: 2 },
  dead: { title: 'DEAD', align: 'right' },
  oldest: { title: 'OLDEST', align: 'right', spare: 1 },
  rate: { title: 'DONE/S', align: 'right', spare: 4 },
  growth: { title: 'GROWTH/S', align: 'right', spare: 5 },
  levels: { title: 'LEVELS', spare: 6 },
  note: { title: 'NOTE' },
} as const satisfies Readonly<Record<string, Column>>

/** What else is known of the queues of a table. */
interface Beside {
  readonly workers?: readonly WorkerInfo[] | undefined
  /** Only where it is to be shown how fast tasks end. */
  readonly throughput?: readonly QueueThroughput[] | undefined
}

/** The queues as lines of text. */
export function statusTable(
  queues: readonly QueueStatus[],
  width: number,
  { workers, throughput }: Beside = {},
): string[] {
  const rates = throughput && new Map(throughput.map(({ queue, rate }) => [queue, rate]))
  const unserved = unservedOf(queues, workers)
  const rows = queues.map((status) => ({
    ...cellsOf(status),
    ...(rates && { rate: (rates.get(status.queue) ?? 0).toFixed(1) }),
    ...noteOf(status, unserved.includes(status)),
  }))
  const shown = (Object.keys(COLUMNS) as (keyof typeof COLUMNS)[]).filter((name) =>
    name === 'queue' || queues.length === 0 ? USUAL.includes(name) : rows.some((row) => name in row),
  )
  return tableLines(
    shown.map((name) => COLUMNS[name]),
    rows.map((row: Row) => shown.map((name) => row[name] ?? '')),
    width,
  )
}

type Row = Readonly<Partial<Record<keyof typeof COLUMNS, Cell>>>
/** Of these there are titles also where there is no queue. */
const USUAL: readonly (keyof typeof COLUMNS)[] = ['queue', 'waiting', 'delayed', 'running', 'dead', 'oldest']

function cellsOf({ queue, waiting, delayed, running, dead, oldest, growth, levels }: QueueStatus): Row {
  return {
    queue: printable(queue),
    waiting: String(waiting),
    delayed: String(delayed),
    running: running > 0 ? { text: String(running), paint: colors.green } : '0',
    dead: dead > 0 ? { text: String(dead), paint: colors.red } : '0',
    oldest: oldest === null ? '-' : lengthOf(oldest),
    ...(growth !== undefined && { growth: growth > 0 ? `+${growth.toFixed(1)}` : growth.toFixed(1) }),
    ...(levels && { levels: levelsText(levels) }),
  }
}

/** Why its tasks do not run. */
function noteOf({ paused }: QueueStatus, isUnserved: boolean): Row {
  if (paused) return { note: { text: 'paused', paint: colors.yellow } }
  return isUnserved ? { note: { text: 'no worker', paint: colors.yellow } } : {}
}

/** How many wait at each level, the first one first. */
export function levelsText(levels: NonNullable<QueueStatus['levels']>): string {
  return PRIORITIES.flatMap((level) =>
    levels[level] === undefined ? [] : [`${levels[level]} ${level}`],
  ).join(', ')
}
