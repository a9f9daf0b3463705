import { availableParallelism } from 'node:os'
import { type Worker, jsonLogger, textLogger } from '@alligator/core'
import { type Command, Option } from 'commander'
import { loadCore } from '../app-packages.js'
import { newAppCommand } from '../command.js'
import { healthRoutes, watchHealth } from '../health.js'
import { UsageError } from '../failure.js'
import { ThreadPool } from '../isolate/thread-pool.js'
import { type Address, type Routes, servePorts } from '../port-server.js'
import { loadsTypeScript } from '../typescript.js'
import { type AppOptions, type Opened, checkShared, openGator } from '../open-gator.js'
import { address, duration, processCount, size, wholeNumber } from '../option-parsers.js'
import { processLogger } from '../process-logger.js'
import { type QueueChoice, queueChoices, toConsume } from '../queue-option.js'
import type { Shutdown } from '../shutdown.js'
import { tellStart } from '../start-line.js'
import { Supervisor } from '../supervisor.js'

interface WorkerFlags {
  readonly queue?: readonly QueueChoice[]
  readonly concurrency?: number
  readonly maxTasks?: number
  readonly maxMemory?: number
  readonly isolate?: boolean
  readonly burst?: boolean
  readonly priorities?: 'shares' | 'strict'
  readonly lease?: number
  readonly maxBlocked?: number
  readonly shutdownTimeout?: number
  readonly log?: 'text' | 'json'
}

type Flags = AppOptions &
  WorkerFlags & {
    readonly processes?: number
    readonly healthPort?: Address
    readonly metricsPort?: Address
    readonly verbose?: boolean
  }

const QUEUES =
  'take tasks from these queues: a,b: the first before the second; a:5,b:1: in shares (default: all)'
const PRIORITIES = 'the levels of a queue in shares, or strictly each before the next (default: shares)'
const PROCESSES = 'number of worker processes, each replaced when it ends; auto: one for each core'
const ISOLATE = 'run each task in a thread, one at a time; --concurrency is then one for each core by default'
const MEMORY = 'memory at which the process ends: 512mb (default: never)'
const LEASE = 'another worker gets a task after so long without a sign of life (default: 30s)'
const BLOCKED = 'renew what runs for so long while a function keeps the event loop; 0s: do not (default: 10m)'
const SHUTDOWN = 'let running tasks go on for so long when stopped (default: 30s)'
const HEALTH = 'answer /live and /ready over HTTP, as Kubernetes asks: 9000, or 127.0.0.1:9000'
const METRICS =
  'serve /metrics of this worker to Prometheus; of several processes each has the next port: 9465, or 127.0.0.1:9465'
const LOG = 'lines for people or for machines (default: text)'

/** `alligator worker`, also known as `latergator`. */
export function workerCommand(shutdown: Shutdown): Command {
  return newAppCommand('worker')
    .summary('run tasks from a queue')
    .description(ABOUT)
    .option('--queue <names>', QUEUES, queueChoices)
    .addOption(new Option('--priorities <how>', PRIORITIES).choices(['shares', 'strict']))
    .option('--processes <n>', PROCESSES, processCount)
    .option('--concurrency <n>', 'number of tasks to run at once (default: 10)', wholeNumber(1))
    .option('--isolate', ISOLATE)
    .option('--max-tasks <n>', 'number of tasks after which to end; 0 is never (default: 0)', wholeNumber(0))
    .option('--max-memory <size>', MEMORY, size)
    .option('--burst', 'end when nothing is due')
    .option('--lease <time>', LEASE, duration('--lease'))
    .option('--max-blocked <time>', BLOCKED, duration('--max-blocked'))
    .option('--shutdown-timeout <time>', SHUTDOWN, duration('--shutdown-timeout'))
    .option('--health-port <port>', HEALTH, address)
    .option('--metrics-port <port>', METRICS, address)
    .addOption(new Option('--log <format>', LOG).choices(['text', 'json']))
    .option('--verbose', 'also log the start and the result of each task, and show the stack of errors')
    .addHelpText('after', LESSON)
    .action((target: string | undefined, flags: Flags) => work(target, flags, shutdown))
}

async function work(target: string | undefined, flags: Flags, shutdown: Shutdown): Promise<void> {
  const {
    root,
    import: files,
    stateStore,
    verbose = false,
    processes,
    healthPort,
    metricsPort,
    ...workerFlags
  } = flags
  if (processes !== undefined && !shutdown.link) {
    const supervisor = superviseSome(processes, workerFlags)
    const health = { option: '--health-port', address: healthPort }
    await using _server = await servePorts([{ ...health, routes: healthRoutes(() => supervisor.unready) }])
    await shutdown.run(supervisor, async () => undefined)
    return
  }
  const app = { root, import: files }
  const opened = await openGator(target, { ...app, stateStore })
  // A module may put tasks on a queue of its own process; to a DSN nobody does.
  if (!opened.fromModule) checkShared(opened.gator.backend)
  const ready = opened.worker && readyWorker(opened.worker, workerFlags)
  const threads = workerFlags.isolate ? await makeThreads(target, app) : undefined
  const making = { debug: verbose, process: shutdown.link?.number, threads }
  const worker = ready ?? (await makeWorker(opened, workerFlags, making))
  const { link } = shutdown
  const unready = healthPort && watchHealth(worker, (why) => link?.tell({ alligator: 'health', why }))
  await using _server = await servePorts([
    // Who supervises this process answers for it.
    {
      option: '--health-port',
      address: link ? undefined : healthPort,
      routes: unready ? healthRoutes(unready) : {},
    },
    {
      option: '--metrics-port',
      address: metricsPort && ofProcess(metricsPort, link?.number),
      routes: metricsPort ? await metricsRoutes(worker) : {},
    },
  ])
  tellStart(worker, opened.root)
  await shutdown.supervise(worker, threads)
}

async function makeThreads(target: string | undefined, options: AppOptions): Promise<ThreadPool> {
  const threads = new ThreadPool({ target, options, typescript: await loadsTypeScript() })
  await threads.start()
  return threads
}

/** Each process of a supervisor has a port of its own, the first one that which was given. */
function ofProcess({ host, port }: Address, number: number = 1): Address {
  return { host, port: port + number - 1 }
}

/** The library is loaded for those who ask for it. */
async function metricsRoutes(worker: Worker): Promise<Routes> {
  const { workerMetrics } = await import('@alligator/prometheus')
  const { read, contentType } = workerMetrics(worker)
  return { '/metrics': async () => ({ status: 200, text: await read(), type: contentType }) }
}

/** Starts this very command several times, each as a process of its own. */
function superviseSome(processes: number, { log }: WorkerFlags): Supervisor {
  const [, script = '', ...args] = process.argv
  const logger = log === 'json' ? jsonLogger() : textLogger()
  return new Supervisor({ processes, script, args, logger })
}

/** A worker that the app has made: to take another concurrency than it was given would be a surprise. */
function readyWorker(worker: Worker, flags: WorkerFlags): Worker {
  const given = Object.keys(flags).map(flagName)
  if (given.length === 0) return worker
  throw new UsageError(
    `The module exports a ready worker, which ${given.join(', ')} cannot change. ` +
      'Set it where the worker is made, or export only a gator.',
  )
}

/** `maxTasks` as it was typed: `--max-tasks`. */
function flagName(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

interface Making {
  readonly debug: boolean
  /** Which process of a supervisor this is. */
  readonly process: number | undefined
  readonly threads: ThreadPool | undefined
}

async function makeWorker({ gator, root }: Opened, flags: WorkerFlags, making: Making): Promise<Worker> {
  const { queue, log = 'text', isolate, concurrency, ...options } = flags
  const core = await loadCore(root)
  const plain = log === 'json' ? core.jsonLogger(making) : core.textLogger(making)
  return new core.Worker(gator, {
    ...options,
    concurrency: concurrency ?? (isolate ? availableParallelism() : undefined),
    toConsume: queue && toConsume(queue),
    runner: making.threads,
    logger: making.process === undefined ? plain : processLogger(plain, making.process, log),
  })
}

const ABOUT = `Takes tasks off a queue and runs them, until it is stopped. \
Start as many workers as you like, on as many machines as can reach the store.`

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
  $ alligator worker ./src/gator.ts
      without building TypeScript first

Signals:
  SIGINT, SIGTERM, SIGHUP, SIGQUIT
      take nothing new, let running tasks end; after --shutdown-timeout, or at the second signal,
      hand them back to their queue, no try charged`
