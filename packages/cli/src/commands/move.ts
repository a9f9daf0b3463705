import { type Client, need, redactDsn } from '@alligator/core'
import { queuesOf } from '@alligator/core/inspect'
import { type Command, Option } from 'commander'
import { newStoresCommand, queuesOption } from '../command.js'
import { UsageError } from '../failure.js'
import { interruptible } from '../interruptible.js'
import { Journey } from '../move/journey.js'
import { LeftBehindError } from '../move/left-behind.js'
import { type QueueMove, moveQueue } from '../move/move-queue.js'
import { PROBE_QUEUE, isSameStore } from '../move/same-store.js'
import { type AppOptions, checkShared, openGator } from '../open-gator.js'
import { duration } from '../option-parsers.js'
import { print, printJson } from '../output.js'
import { printable } from '../printable.js'
import { Progress } from '../progress.js'
import type { Shutdown } from '../shutdown.js'
import { type Column, tableLines } from '../table.js'
import { outputWidth } from '../terminal.js'

interface MoveFlags extends AppOptions {
  readonly queue?: readonly string[]
  readonly lease: number
  readonly json?: boolean
}

/** `alligator move`. */
export function moveCommand(shutdown: Shutdown): Command {
  return newStoresCommand('move')
    .summary('move all tasks from one store to another')
    .description(ABOUT)
    .argument('<from>', 'the store to empty: a DSN, or a module that exports a gator')
    .argument('<to>', 'the store that gets the tasks')
    .addOption(queuesOption())
    .addOption(
      new Option('--lease <time>', 'workers of the source get a task back so long after a move has died')
        .argParser(duration('--lease'))
        .default(10, '10s'),
    )
    .action((from: string, to: string, flags: MoveFlags) => move(from, to, flags, shutdown))
}

const ABOUT = `Moves tasks from one store to another, to queues of the same names. Each is in the target before the \
source forgets it, so none is lost whatever dies; run it again to go on. Delayed tasks keep their time, and dead letters \
stay dead, where the stores can do that; a task that waits for others goes once they have gone. Tasks that run are left to \
their workers, and dead letters beyond what the target keeps stay. Ends with 1 when it leaves any behind.`

async function move(from: string, to: string, flags: MoveFlags, shutdown: Shutdown): Promise<void> {
  const { gator: source } = await openGator(from, flags)
  const { gator: target } = await openGator(to, flags)
  for (const { backend } of [source, target]) checkShared(backend)
  const step = async (signal: AbortSignal) => {
    need(source.backend, 'leases', 'alligator move')
    if (await isSameStore(source.backend, target.backend, source.clock))
      throw new UsageError('Both are the same store. Name the store to empty, and then another one.')
    using progress = new Progress('Moving')
    const queues = (await queuesOf(source, flags.queue)).filter((queue) => queue !== PROBE_QUEUE)
    const total = await countAll(source.backend, queues)
    const journey = new Journey(
      { source, to: target.backend },
      { lease: flags.lease, signal, onProgress: (moved) => progress.show(moved, total) },
    )
    const moves: QueueMove[] = []
    try {
      for (const queue of queues) if (!signal.aborted) moves.push(await moveQueue(journey, queue))
    } finally {
      journey.keeper.stop()
      progress[Symbol.dispose]()
      tell(journey, moves, flags.json)
    }
    if (signal.aborted || moves.some(({ left }) => sum(left) > 0)) throw new LeftBehindError(journey, moves)
  }
  await interruptible(shutdown, step, async () => {
    await Promise.all([source.close(), target.close()])
  })
}

async function countAll(backend: Client, queues: readonly string[]): Promise<number> {
  let total = 0
  for (const queue of queues) {
    const { waiting, delayed, dead } = await backend.counts(queue)
    total += waiting + delayed + dead
  }
  return total
}

const COLUMNS: readonly Column[] = [
  { title: 'MOVED FROM QUEUE', least: 8 },
  { title: 'WAITING', align: 'right' },
  { title: 'DELAYED', align: 'right' },
  { title: 'DEAD', align: 'right' },
  { title: 'LEFT', align: 'right' },
]

function tell({ from, to, refusals, doubled }: Journey, moves: readonly QueueMove[], json = false): void {
  if (json) {
    const [source, target] = [redactDsn(from.dsn), redactDsn(to.dsn)]
    return printJson({ from: source, to: target, queues: moves, refused: refusals, doubled })
  }
  const rows = moves.map(({ queue, moved, left }) => [
    printable(queue),
    ...[moved.waiting, moved.delayed, moved.dead, sum(left)].map(String),
  ])
  if (rows.length > 0) print(...tableLines(COLUMNS, rows, outputWidth()))
  else print('There is nothing to move.')
  for (const { queue, taskId, message } of refusals)
    print(printable(`${taskId} stays on queue ${queue}: ${message}.`))
  for (const taskId of doubled)
    print(printable(`${taskId} may run twice: a worker of the source took it on its way.`))
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0)
}
