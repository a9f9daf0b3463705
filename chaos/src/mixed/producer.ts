import { type Gator, Task } from '@alligator/core'
import type { Random } from '../random.js'
import type { Entry, Kind, Ledger } from './ledger.js'
import { work } from './tasks.js'

/** Tasks of which the last ones are canceled, or depended on. */
const RECENT = 50
/** Tasks of a batch at most. */
const LARGEST_BATCH = 40

const KINDS: readonly Kind[] = ['succeeds', 'succeeds', 'succeeds', 'succeeds', 'falters', 'fails']

/** Does one thing after the other, by chance, on a queue that it shares with others and on one that is dropped now and then. */
export class Producer {
  readonly #main: Gator
  readonly #side: Gator
  readonly #ledger: Ledger
  readonly #random: Random
  readonly #mayCancel: () => boolean
  readonly #steps: readonly (() => Promise<unknown>)[]

  /** `mayCancel`: nobody can tell whether what is just being moved is canceled in time. */
  constructor(
    main: Gator,
    side: Gator,
    {
      ledger,
      random,
      mayCancel = () => true,
    }: {
      readonly ledger: Ledger
      readonly random: Random
      readonly mayCancel?: (() => boolean) | undefined
    },
  ) {
    this.#main = main
    this.#side = side
    this.#ledger = ledger
    this.#random = random
    this.#mayCancel = mayCancel
    const { listing, deadLetters, byId, cancellation } = main.backend
    this.#steps = [
      () => this.#push([this.#entry(main)], {}),
      () => this.#push([this.#entry(main)], {}),
      () => this.#push([this.#entry(main)], { delayBy: random.between(0.01, 0.3) }),
      () =>
        this.#push(
          Array.from({ length: 1 + random.below(LARGEST_BATCH) }, () => this.#entry(main)),
          {},
        ),
      () => this.#push([this.#entry(side)], {}),
      ...((byId ?? cancellation) ? [() => this.#cancel()] : []),
      ...(listing ? [() => this.#pushDependent(), () => this.#pushDependent()] : []),
      ...(listing && deadLetters ? [() => this.#kick()] : []),
    ]
  }

  async step(): Promise<void> {
    if (this.#random.below(200) === 0) await this.#drop()
    else await this.#random.one(this.#steps)()
  }

  #entry({ queueName }: Gator, dependsOn: readonly Entry[] = []): Entry {
    return this.#ledger.add(this.#random.one(KINDS), queueName, dependsOn)
  }

  async #push(
    entries: readonly Entry[],
    options: { delayBy?: number; dependsOn?: readonly Task[] },
  ): Promise<void> {
    const tasks = entries.map(({ key }) => {
      const own = this.#random.below(3) === 0 ? { taskId: `own-${key}` } : {}
      return new Task({ ...options, ...own, retries: 1, backoff: 0.01 }).toCall(
        work,
        key,
        this.#random.below(20),
      )
    })
    const gator = entries[0]?.queue === this.#side.queueName ? this.#side : this.#main
    await gator.pushMany(tasks)
    for (const [at, entry] of entries.entries()) entry.task = tasks[at] as Task
  }

  #recent(): readonly Entry[] {
    const { entries } = this.#ledger
    return entries.slice(-RECENT).filter(({ task, queue }) => task && queue === this.#main.queueName)
  }

  async #pushDependent(): Promise<void> {
    const recent = this.#recent()
    if (recent.length === 0) return
    const named = new Set(Array.from({ length: 1 + this.#random.below(3) }, () => this.#random.one(recent)))
    const entry = this.#entry(this.#main, [...named])
    const dependsOn = entry.dependsOn.flatMap(({ task }) => task ?? [])
    await this.#push([entry], { dependsOn })
  }

  async #cancel(): Promise<void> {
    const recent = this.#recent()
    if (recent.length === 0 || !this.#mayCancel()) return
    const entry = this.#random.one(recent)
    const canceled = await this.#main.cancel(entry.task?.taskId ?? '')
    if (!canceled) return
    if (entry.task) entry.task.wasRunning = canceled.wasRunning
    entry.isCanceled = true
  }

  async #kick(): Promise<void> {
    const ids = this.#recent().flatMap(({ task, kind }) => (task && kind === 'fails' ? [task.taskId] : []))
    await this.#main.backend.deadLetters?.kick(this.#main.queueName, ids)
  }

  async #drop(): Promise<void> {
    await this.#side.backend.dropAll(this.#side.queueName)
    for (const entry of this.#ledger.entries)
      if (entry.queue === this.#side.queueName) entry.mayBeDropped = true
  }
}
