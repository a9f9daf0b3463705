import { type Client, type Gator, type WorkerInfo, redactDsn, sleep, systemClock } from '@alligator/core'
import { PRIORITIES } from '@alligator/core/backend'
import { eraseLines } from 'ansi-escapes'
import type { Command } from 'commander'
import { newStoreCommand, queuesOption } from '../command.js'
import { duration } from '../option-parsers.js'
import { print, printJson } from '../output.js'
import { printable } from '../printable.js'
import { type QueueStatus, QueueWatch } from '../queue-status.js'
import { type Column, tableLines } from '../table.js'
import { colors, outputWidth } from '../terminal.js'
import { lengthOf } from '../times.js'
import { type StoreFlags, withGator } from '../with-gator.js'
import { pauseText } from './pause.js'
import { type QueueThroughput, throughputOfAll, throughputTable } from '../throughput-status.js'
import { workerTable, workersOf } from '../worker-status.js'

interface StatusFlags extends StoreFlags {
  readonly queue?: readonly string[]
  readonly watch?: number | true
}

/** A store at one moment. */
interface Look {
  readonly queues: readonly QueueStatus[]
  /** Absent where the store does not know them. */
  readonly workers: readonly WorkerInfo[] | undefined
  /** Absent where the store does not keep it. */
  readonly throughput: readonly QueueThroughput[] | undefined
}

/** Seconds between two looks unless told otherwise. */
const PACE = 2

/** `alligator status`. */
export function statusCommand(): Command {
  return newStoreCommand('status')
    .summary('count the tasks of each queue, and show how they end, and the workers')
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
    const watching = new QueueWatch(gator, queue)
    const look = async () => ({
      queues: await watching.look(),
      workers: await workersOf(gator, queue),
      throughput: await throughputOfAll(gator, queue),
    })
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
function textPrinter({ clock }: Gator, notes: readonly string[]): (look: Look) => void {
  let drawn = 0
  return ({ queues, workers = [], throughput = [] }) => {
    const table = queues.length > 0 ? statusTable(queues, outputWidth()) : ['No queue holds anything.']
    const atWork = workers.length > 0 ? ['', ...workerTable(workers, clock.now(), outputWidth())] : []
    const ended = throughput.length > 0 ? ['', ...throughputTable(throughput, outputWidth())] : []
    const full = queues.filter((status) => status.full).map(fullNote)
    const paused = queues.flatMap(({ queue, paused: pause }) =>
      pause ? [pauseText({ queue, ...pause })] : [],
    )
    const lines = [...table, ...full, ...paused, ...notes, ...ended, ...atWork]
    if (drawn > 0) process.stdout.write(process.stdout.isTTY ? eraseLines(drawn + 1) : '\n')
    print(...lines)
    drawn = lines.length
  }
}

function fullNote({ queue, dead }: QueueStatus): string {
  return colors.red(
    `"${printable(queue)}" has ${dead} dead letters, the most that are kept: the oldest are dropped for new ones.`,
  )
}

const COLUMNS: readonly Column[] = [
  { title: 'QUEUE', least: 8 },
  { title: 'WAITING', align: 'right' },
  { title: 'DELAYED', align: 'right', optional: true },
  { title: 'RUNNING', align: 'right', optional: true },
  { title: 'DEAD', align: 'right' },
  { title: 'OLDEST', align: 'right' },
]
const LEVELS: Column = { title: 'LEVELS', optional: true }
const GROWTH: Column = { title: 'GROWTH/S', align: 'right', optional: true }

/** The queues as lines of text. */
export function statusTable(queues: readonly QueueStatus[], width: number): string[] {
  const grows = queues.some(({ growth }) => growth !== undefined)
  const hasLevels = queues.some(({ levels }) => levels)
  const columns = [...COLUMNS, ...(grows ? [GROWTH] : []), ...(hasLevels ? [LEVELS] : [])]
  const rows = queues.map((status) => [
    ...rowOf(status).slice(0, grows ? undefined : COLUMNS.length),
    ...(hasLevels ? [levelsText(status)] : []),
  ])
  return tableLines(columns, rows, width)
}

/** How many wait at each level, the first one first. */
function levelsText({ levels = {} }: QueueStatus): string {
  return PRIORITIES.flatMap((level) =>
    levels[level] === undefined ? [] : [`${levels[level]} ${level}`],
  ).join(', ')
}

function rowOf({
  queue,
  waiting,
  delayed,
  running,
  dead,
  oldest,
  growth = 0,
  paused,
}: QueueStatus): string[] {
  return [
    printable(queue) + (paused ? colors.yellow(' (paused)') : ''),
    String(waiting),
    String(delayed),
    running > 0 ? colors.green(String(running)) : '0',
    dead > 0 ? colors.red(String(dead)) : '0',
    oldest === null ? '-' : lengthOf(oldest),
    growth > 0 ? `+${growth.toFixed(1)}` : growth.toFixed(1),
  ]
}
