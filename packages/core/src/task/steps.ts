import { AsyncLocalStorage } from 'node:async_hooks'
import { findResultProblem } from '../arguments/arguments.js'
import { show } from '../errors/base.js'
import { InvalidOptionError, ResultNotStorableError, messageOf } from '../errors/index.js'
import type { TaskSource } from './task-source.js'

/** Characters of the name of a step. */
const LONGEST_NAME = 200
/** Characters of a line, which a log has many of. */
const LONGEST_LINE = 1000

/** The step within whose work something is done. */
const around = new AsyncLocalStorage<{ readonly steps: Steps; readonly name: string }>()

/** Whose steps they are. */
interface Stepping {
  readonly source: TaskSource | undefined
}

/** The steps of one task. Without a queue to keep them they last as long as the task in hand. */
export class Steps {
  readonly #task: Stepping
  readonly #inHand = new Map<string, unknown>()
  /** Those that are being made. */
  readonly #making = new Map<string, Promise<unknown>>()
  /** Which others the work of a step waits for. */
  readonly #waits = new Map<string, Set<string>>()

  constructor(task: Stepping) {
    this.#task = task
  }

  /**
   * Makes a step, unless it was made before. The promise rejects
   *
   * @throws InvalidOptionError for a step that would wait for itself, and so for ever.
   */
  make(name: string, work: () => unknown): Promise<unknown> {
    const outer = around.getStore()
    if (outer?.steps !== this) return this.#makeOnce(name, work)
    if (this.#leadsTo(name, outer.name)) return Promise.reject(waitsForItself(name))
    const waits = this.#waits.get(outer.name) ?? new Set()
    this.#waits.set(outer.name, waits.add(name))
    return this.#makeOnce(name, work).finally(() => waits.delete(name))
  }

  #leadsTo(name: string, other: string): boolean {
    if (name === other) return true
    return [...(this.#waits.get(name) ?? [])].some((next) => this.#leadsTo(next, other))
  }

  #makeOnce(name: string, work: () => unknown): Promise<unknown> {
    const making = this.#making.get(name)
    if (making) return making
    const made = this.#make(name, work).finally(() => this.#making.delete(name))
    this.#making.set(name, made)
    return made
  }

  async #make(name: string, work: () => unknown): Promise<unknown> {
    if (typeof name !== 'string' || name === '' || name.length > LONGEST_NAME) {
      const wayOut = `Name each step of a task with 1 to ${LONGEST_NAME} characters of its own, such as 'charge'.`
      throw new InvalidOptionError('step (its name)', name, wayOut)
    }
    if (this.#inHand.has(name)) return this.#inHand.get(name)
    const { source } = this.#task
    const before = await source?.recall(name)
    if (before) return before.value
    const value = await around.run({ steps: this, name }, work)
    const problem = findResultProblem(value)
    if (problem !== undefined) throw new ResultNotStorableError(`step ${show(name)}`, problem)
    if (source) await source.keep(name, value)
    else this.#inHand.set(name, value)
    return value
  }
}

function waitsForItself(name: string): InvalidOptionError {
  const wayOut =
    'The step is asked for within the work that makes it, and would wait for itself: give each its own name.'
  return new InvalidOptionError('step (its name)', name, wayOut)
}

/** @throws InvalidOptionError */
export function readProgress(fraction: unknown): number {
  if (typeof fraction === 'number' && fraction >= 0 && fraction <= 1) return fraction
  throw new InvalidOptionError(
    'progress',
    fraction,
    'Pass a fraction from 0 to 1, such as done / all; nothing to do is 1.',
  )
}

/** Text as it is kept: cut where it is too long. */
export function readLine(text: unknown): string | undefined {
  if (text === undefined) return undefined
  const line = typeof text === 'string' ? text : messageOf(text)
  // Half of a character cannot be kept.
  return Buffer.from(line.slice(0, LONGEST_LINE)).toString()
}
