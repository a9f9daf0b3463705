import { type Gator, type StoredState, need } from '@alligator/core'
import { type Census, type StepOptions, type TaskFilter, countTasks } from '@alligator/core/inspect'
import type { Command } from 'commander'
import { agrees, checkCanAsk } from './ask.js'
import { InterruptedError, UsageError } from './failure.js'
import { interruptible } from './interruptible.js'
import { checkShared, openGator } from './open-gator.js'
import { moment } from './option-parsers.js'
import { counted, print, printJson } from './output.js'
import { printable } from './printable.js'
import { Progress } from './progress.js'
import { chosenQueues } from './queue-names.js'
import type { Shutdown } from './shutdown.js'
import type { StoreFlags } from './with-gator.js'

/** What a command takes that works on all tasks that match. */
export interface BulkFlags extends StoreFlags, TaskFilter {
  readonly queue?: readonly string[]
  readonly dryRun?: boolean
  readonly yes?: boolean
}

/** Adds the options of a command that works on all tasks that match; `mayBeDead`: they may be dead letters. */
export function withFilter(command: Command, mayBeDead: boolean): Command {
  const time = mayBeDead
    ? 'that died since then; of what is not dead, was enqueued'
    : 'that were enqueued since then'
  command.option('--task <function>', 'of this function: module#name as it is listed, or the name alone')
  if (mayBeDead)
    command.option('--error <text>', 'dead of an error with this code, or with this text in its message')
  return command
    .option('--since <when>', time, moment)
    .option('--until <when>', time.replace('since', 'before'), moment)
    .option('--dry-run', 'tell how many match, and change nothing')
    .option('--yes', 'do not ask')
    .addHelpText('after', LESSON)
}

const LESSON = `
A time is how long ago, as 2h, or a moment, as 2026-11-28T09:00Z. Tasks that match are counted first. Ctrl-C ends it
between two pages, with 130: what is done is done, and the same command goes on.`

/** Whether any option says which tasks are meant. */
export function isNarrowed({ task, error, since, until }: BulkFlags): boolean {
  return [task, error, since, until].some((flag) => flag !== undefined)
}

/** Refuses ids beside options that say by themselves which tasks are meant. */
export function checkIdsAlone(ids: readonly string[], flags: BulkFlags, more: boolean): void {
  if (ids.length > 0 && (more || flags.dryRun || isNarrowed(flags)))
    throw new UsageError(
      'Ids say which tasks are meant, and so do the other options. Pass ids, with --queue if you like, or options.',
    )
}

/** One kind of work on all tasks that match. */
export interface BulkJob {
  /** How a store refuses it that cannot list tasks: `alligator retry by a filter`. */
  readonly command: string
  /** Whether tasks must be listed also where all are meant. */
  readonly lists: boolean
  /** What is asked, and refused where nobody can be: `put 3 dead letters back to work`. */
  readonly ask: (what: string) => string
  /** What stands before the number that was done: `Put back to work`. */
  readonly done: string
  /** The name of that number in JSON. */
  readonly json: string
  /** `dead letter`. */
  readonly noun: string
  /** What the line of a terminal says meanwhile: `Retrying`. */
  readonly doing: string
  readonly states: readonly StoredState[]
  readonly step: (gator: Gator, census: Census, options: StepOptions) => Promise<number>
}

/** Counts the tasks that match, asks, and works on them, a page at a time. */
export async function workInBulk(job: BulkJob, flags: BulkFlags, shutdown: Shutdown): Promise<void> {
  if (!flags.yes && !flags.dryRun) checkCanAsk(job.ask(`all ${job.noun}s that match`))
  const { gator } = await openGator(flags.conn, flags)
  checkShared(gator.backend)
  const step = async (signal: AbortSignal) => {
    if (job.lists || isNarrowed(flags)) need(gator.backend, 'listing', job.command)
    await new BulkWork(job, flags, gator, signal).run()
  }
  await interruptible(shutdown, step, () => gator.close())
}

class BulkWork {
  readonly #job: BulkJob
  readonly #flags: BulkFlags
  readonly #gator: Gator
  readonly #signal: AbortSignal
  #done = 0

  constructor(job: BulkJob, flags: BulkFlags, gator: Gator, signal: AbortSignal) {
    this.#job = job
    this.#flags = flags
    this.#gator = gator
    this.#signal = signal
  }

  async run(): Promise<void> {
    const { dryRun = false, yes = false, json = false } = this.#flags
    const census = await this.#count()
    if (dryRun || census.groups.length === 0) return this.#tell(census)
    const what = this.#amount(census)
    if (!yes) {
      if (!json) for (const line of linesOf(census)) process.stderr.write(`${line}\n`)
      const question = this.#job.ask(what)
      if (!(await agrees(`${question.charAt(0).toUpperCase()}${question.slice(1)}?`)))
        return this.#tell(census)
    }
    try {
      await this.#work(census)
    } finally {
      this.#tell(census, true)
    }
    if (this.#signal.aborted && this.#done < census.matching)
      throw new InterruptedError(
        `It was stopped after ${this.#done} of ${what}: what is done is done, and the same command goes on.`,
      )
  }

  async #count(): Promise<Census> {
    const { task, error, since, until, queue } = this.#flags
    const queues = await chosenQueues(this.#gator, queue)
    const { states, noun } = this.#job
    using progress = new Progress('Counting')
    const total = await this.#seen(queues, states)
    const options = { signal: this.#signal, onProgress: (done: number) => progress.show(done, total) }
    try {
      return await countTasks(this.#gator, { queues, states, filter: { task, error, since, until } }, options)
    } catch (failure) {
      if (!this.#signal.aborted) throw failure
      throw new InterruptedError(`It was stopped while it counted: no ${noun} has been touched.`)
    }
  }

  /** Where a store gives estimates, 0 may be some. */
  #amount({ matching }: Census): string {
    const { noun } = this.#job
    return this.#gator.backend.exactCounts ? counted(matching, noun) : `all ${noun}s (about ${matching})`
  }

  /** How many tasks there are to look at. */
  async #seen(queues: readonly string[], states: readonly StoredState[]): Promise<number> {
    let total = 0
    for (const queue of queues) {
      const counts = await this.#gator.backend.counts(queue)
      for (const state of states) total += counts[state]
    }
    return total
  }

  async #work(census: Census): Promise<void> {
    using progress = new Progress(this.#job.doing)
    const onProgress = (done: number) => {
      this.#done = done
      progress.show(done, census.matching)
    }
    this.#done = await this.#job.step(this.#gator, census, { signal: this.#signal, onProgress })
  }

  #tell(census: Census, worked: boolean = false): void {
    const { noun, done, json } = this.#job
    const { matching, groups } = census
    const amount = this.#amount(census)
    if (this.#flags.json) {
      const tasks = groups.map(({ queue, state, matching: count }) => ({ queue, state, matching: count }))
      return printJson({ matching, [json]: this.#done, tasks })
    }
    if (groups.length === 0) return print(`No ${noun} matches.`)
    if (worked) return print(`${done}: ${this.#done} of ${amount}.`)
    if (this.#flags.dryRun) print(...linesOf(census), `${amount} in all.`)
    print('Nothing was changed.')
  }
}

/** A line for each queue: `mail: 12 waiting, 3 delayed`. */
function linesOf({ groups }: Census): string[] {
  const queues = [...new Set(groups.map(({ queue }) => queue))]
  return queues.map((queue) => {
    const some = groups.filter((group) => group.queue === queue)
    return `${printable(queue)}: ${some.map(({ matching, state }) => `${matching} ${state}`).join(', ')}`
  })
}
