import type { Task } from '@alligator/core'

/** What a task's function does: each time; at the second try alone; never. */
export type Kind = 'succeeds' | 'falters' | 'fails'

/** One task, from before its push on. */
export interface Entry {
  readonly key: string
  readonly kind: Kind
  readonly queue: string
  readonly dependsOn: readonly Entry[]
  /** There once its push has resolved. */
  task?: Task
  starts: number
  /** How often its function has succeeded. */
  done: number
  /** How often the store has taken that. */
  settled: number
  isDead: boolean
  /** A cancel has given it. */
  isCanceled: boolean
  /** Its queue was dropped after its push had begun. */
  mayBeDropped: boolean
}

/** What became of each task, as this process has seen it. */
export class Ledger {
  readonly problems: string[] = []
  readonly #entries = new Map<string, Entry>()
  #keys = 0

  get entries(): readonly Entry[] {
    return [...this.#entries.values()]
  }

  add(kind: Kind, queue: string, dependsOn: readonly Entry[] = []): Entry {
    const key = `task-${(this.#keys += 1)}`
    const fresh = { starts: 0, done: 0, settled: 0, isDead: false, isCanceled: false, mayBeDropped: false }
    const entry = { key, kind, queue, dependsOn, ...fresh }
    this.#entries.set(key, entry)
    return entry
  }

  of(key: string): Entry | undefined {
    return this.#entries.get(key)
  }

  start(key: string): Entry {
    const entry = this.#entries.get(key)
    if (!entry) throw new Error(`Nobody has pushed ${key}.`)
    entry.starts += 1
    if (entry.isCanceled && !entry.task?.wasRunning)
      this.problems.push(`${key} ran though it was canceled while it waited`)
    for (const { key: other, done } of entry.dependsOn)
      if (done === 0) this.problems.push(`${key} ran before ${other}, on which it depends`)
    return entry
  }

  /** The promises that were broken, once nothing waits or runs any more; `dead` has the keys of the dead letters. */
  check(dead: ReadonlySet<string>): readonly string[] {
    for (const entry of this.#entries.values()) this.#checkOne(entry, dead.has(entry.key))
    return this.problems
  }

  #checkOne(entry: Entry, isDead: boolean): void {
    const { key, kind, done, settled, isCanceled, mayBeDropped, task } = entry
    const problem = (what: string) => this.problems.push(`${key} (${kind}) ${what}`)
    if (settled > 1 || (kind !== 'fails' && done > 1))
      problem(`succeeded ${done} times, and was settled ${settled} times`)
    if (isCanceled && settled > 0) problem('was canceled, and has succeeded')
    if (isDead && (isCanceled || settled > 0))
      problem('is a dead letter, though it was canceled or has succeeded')
    if (isDead && kind !== 'fails' && !entry.dependsOn.some(willNotSucceed))
      problem('is a dead letter without a reason')
    if (task && settled === 0 && !isDead && !isCanceled && !mayBeDropped) problem('was lost')
    for (const other of entry.dependsOn)
      if (settled > 0 && other.settled === 0)
        problem(`succeeded, but ${other.key}, on which it depends, did not`)
  }
}

function willNotSucceed(entry: Entry): boolean {
  return entry.settled === 0
}
