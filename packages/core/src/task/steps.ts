import { findResultProblem } from '../arguments/arguments.js'
import { show } from '../errors/base.js'
import { InvalidOptionError, ResultNotStorableError, messageOf } from '../errors/index.js'
import type { TaskSource } from './task-source.js'

/** Characters of the name of a step. */
const LONGEST_NAME = 200
/** Characters of a line, which a log has many of. */
const LONGEST_LINE = 1000

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

  constructor(task: Stepping) {
    this.#task = task
  }

  /** Makes a step, unless it was made before. */
  make(name: string, work: () => unknown): Promise<unknown> {
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
    const value = await work()
    const problem = findResultProblem(value)
    if (problem !== undefined) throw new ResultNotStorableError(`step ${show(name)}`, problem)
    if (source) await source.keep(name, value)
    else this.#inHand.set(name, value)
    return value
  }
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

/** Text as it is kept, so long at most. */
export function readLine(text: unknown): string | undefined {
  if (text === undefined) return undefined
  const line = typeof text === 'string' ? text : messageOf(text)
  // Half of a character cannot be kept.
  return Buffer.from(line.slice(0, LONGEST_LINE)).toString()
}
