import { randomUUID } from 'node:crypto'
import { type Gator, redactDsn, registerTasks, silentLogger } from '@alligator/core'
import type { Command } from 'commander'
import { loadCore } from '../app-packages.js'
import { newStoresCommand } from '../command.js'
import { interruptible } from '../interruptible.js'
import { type AppOptions, openGator } from '../open-gator.js'
import { wholeNumber } from '../option-parsers.js'
import { counted, print, printJson } from '../output.js'
import { Progress } from '../progress.js'
import type { Shutdown } from '../shutdown.js'

interface BenchFlags extends AppOptions {
  readonly tasks: number
  readonly concurrency: number
  readonly json?: boolean
}

/** Tasks pushed in one call. */
const BATCH = 500

/** `alligator bench`. */
export function benchCommand(shutdown: Shutdown): Command {
  return newStoresCommand('bench')
    .summary('measure how fast a store is from here')
    .description(
      'Puts tasks that do nothing on a queue of its own, runs them in this process, and removes the queue.',
    )
    .argument('[target]', 'a DSN, or a module that exports a gator (default: $ALLIGATOR_CONN)')
    .option('--tasks <n>', 'number of tasks', wholeNumber(1), 10_000)
    .option('--concurrency <n>', 'number of tasks to run at once', wholeNumber(1), 10)
    .action((target: string | undefined, flags: BenchFlags) => bench(target, flags, shutdown))
}

async function bench(target: string | undefined, flags: BenchFlags, shutdown: Shutdown): Promise<void> {
  const { gator: own, root } = await openGator(target, flags)
  const { Gator, Worker } = await loadCore(root)
  const queue = `alligator-bench-${randomUUID()}`
  const gator = new Gator(own.backend, { queueName: queue })
  const step = async (signal: AbortSignal) => {
    try {
      const enqueue = await seconds(() => enqueueAll(gator, flags.tasks, signal))
      const worker = new Worker(gator, {
        burst: true,
        concurrency: flags.concurrency,
        logger: silentLogger(),
      })
      const run = await seconds(async () => (signal.aborted ? undefined : worker.runForever()))
      tell(own, flags, { enqueue, run, ran: worker.tasksComplete })
    } finally {
      await gator.backend.dropAll(queue)
    }
  }
  await interruptible(shutdown, step, () => own.close())
}

async function enqueueAll(gator: Gator, tasks: number, signal: AbortSignal): Promise<void> {
  using progress = new Progress('Enqueuing')
  registerTasks('alligator-bench', { doNothing })
  for (let done = 0; done < tasks && !signal.aborted; done += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, tasks - done) }, (_, at): [number] => [done + at])
    await gator.taskMany(doNothing, batch)
    progress.show(done + batch.length, tasks)
  }
}

function doNothing(_number: number): void {}

async function seconds(step: () => Promise<void>): Promise<number> {
  const begin = performance.now()
  await step()
  return (performance.now() - begin) / 1000
}

interface Measured {
  /** Seconds. */
  readonly enqueue: number
  /** Seconds. */
  readonly run: number
  readonly ran: number
}

function tell(gator: Gator, { tasks, concurrency, json }: BenchFlags, { enqueue, run, ran }: Measured): void {
  const store = redactDsn(gator.backend.dsn)
  const [enqueued, done] = [tasks / enqueue, ran / run].map(Math.round)
  if (json)
    return printJson({ store, tasks, concurrency, ran, enqueuedPerSecond: enqueued, runPerSecond: done })
  print(
    `${store}, ${counted(tasks, 'task')}, ${concurrency} at once`,
    `enqueued  ${enqueued}/s, ${BATCH} in a call`,
    `run       ${done}/s`,
  )
}
