import type { Worker } from '@alligator/core'
import { type Command, Option } from 'commander'
import { loadCore } from '../app-packages.js'
import { newCommand } from '../command.js'
import { UsageError } from '../failure.js'
import { type AppOptions, type Opened, openGator } from '../open-gator.js'
import { duration, each, names, wholeNumber } from '../option-parsers.js'
import type { Shutdown } from '../shutdown.js'

/** What shapes the worker, as opposed to how its app is found. */
interface WorkerFlags {
  readonly queue?: readonly string[]
  readonly concurrency?: number
  readonly maxTasks?: number
  readonly burst?: boolean
  readonly lease?: number
  readonly shutdownTimeout?: number
  readonly log?: 'text' | 'json'
  readonly verbose?: boolean
}

/** `alligator worker`, also known as `latergator`. */
export function workerCommand(shutdown: Shutdown): Command {
  return newCommand('worker')
    .summary('run tasks from a queue')
    .description(
      'Takes tasks off a queue and runs them, until it is stopped. Start as many workers as you like,\n' +
        'on as many machines as can reach the store.',
    )
    .argument('[target]', 'a DSN, or a module that exports a gator (default: $ALLIGATOR_CONN)')
    .option(
      '--queue <names>',
      'take tasks from these queues, the first before the second: a,b (default: all)',
      names,
    )
    .option('--concurrency <n>', 'run so many tasks at once (default: 10)', wholeNumber(1))
    .option('--max-tasks <n>', 'end after so many tasks; 0 is never (default: 0)', wholeNumber(0))
    .option('--burst', 'end when nothing is due')
    .option(
      '--import <file>',
      'load this file first, such as one that calls registerTasks; may be repeated',
      each,
    )
    .option('--root <dir>', "the folder of the app's code (default: that of the nearest package.json)")
    .option(
      '--lease <time>',
      'another worker gets a task after so long without a sign of life (default: 30s)',
      duration('--lease'),
    )
    .option(
      '--shutdown-timeout <time>',
      'let running tasks go on for so long when stopped (default: 30s)',
      duration('--shutdown-timeout'),
    )
    .addOption(
      new Option('--log <format>', 'lines for people or for machines (default: text)').choices([
        'text',
        'json',
      ]),
    )
    .option('--verbose', 'also log the start of each task, and show the stack of errors')
    .addHelpText('after', LESSON)
    .action((target: string | undefined, flags: Flags) => work(target, flags, shutdown))
}

type Flags = AppOptions & WorkerFlags

async function work(target: string | undefined, flags: Flags, shutdown: Shutdown): Promise<void> {
  const { root, import: files, ...workerFlags } = flags
  const opened = await openGator(target, { root, import: files })
  await shutdown.supervise(
    opened.worker ? readyWorker(opened.worker, workerFlags) : await makeWorker(opened, workerFlags),
  )
}

/** A worker that the app has made: to take another concurrency than it was given would be a surprise. */
function readyWorker(worker: Worker, flags: WorkerFlags): Worker {
  const given = Object.keys(flags).map(
    (name) => `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
  )
  if (given.length === 0) return worker
  throw new UsageError(
    `The module exports a ready worker, which ${given.join(', ')} cannot change. ` +
      'Set it where the worker is made, or export only a gator.',
  )
}

async function makeWorker({ gator, root }: Opened, flags: WorkerFlags): Promise<Worker> {
  const { queue, log, verbose, ...options } = flags
  const core = await loadCore(root)
  const makeLogger = log === 'json' ? core.jsonLogger : core.textLogger
  return new core.Worker(gator, { ...options, toConsume: queue, logger: makeLogger({ debug: verbose }) })
}

const LESSON = `
Examples:
  $ alligator worker sqlite://tasks.db
      everything that is put on the default queue
  $ alligator worker redis://localhost:6379/0 --queue urgent,mail --concurrency 50
      mail only while nothing is urgent
  $ alligator worker ./dist/gator.js
      with the Gator that this module exports as gator: its store, queue and task class;
      or with the Worker that it exports as worker
  $ ALLIGATOR_CONN=sqlite://tasks.db alligator worker --burst
      what is due now, and then end: for cron and for CI
  $ NODE_OPTIONS='--import tsx' alligator worker ./src/gator.ts
      without building TypeScript first

Signals:
  SIGINT, SIGTERM   take nothing new, let running tasks end; after --shutdown-timeout, or at the
                    second signal, hand them back to their queue, no try charged

Exit codes:
  0   done: stopped by a signal, by --max-tasks or at the end of a --burst
  1   failed: the store cannot be used, a module cannot be loaded, an error escaped from a task
  2   called wrongly: unknown option, bad value, no DSN, a module without a gator

Environment:
  ALLIGATOR_CONN    the DSN or module when none is given; unlike an argument, it is not in the list of processes
  ALLIGATOR_ROOT    the same as --root
  DEBUG=alligator   show the stack of errors
`
