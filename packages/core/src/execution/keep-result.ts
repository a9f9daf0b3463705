import { findResultProblem } from '../arguments/arguments.js'
import type { DeathReason, Delivery } from '../backend/contract.js'
import type { Finished } from '../backend/facets.js'
import { ResultNotStorableError } from '../errors/index.js'
import { placeOf } from '../errors/sealed-places.js'
import type { Task } from '../task/task.js'
import { encodeResult } from '../wire/kept.js'
import { sizeOver } from '../wire/limits.js'
import type { Engine } from './engine.js'

/** What is kept of a task that has succeeded, and why that is not what its function returned, if it is not. */
export interface Keeping {
  readonly kept: Omit<Finished, 'delivery'>
  readonly refused?: ResultNotStorableError
}

/**
 * What a store is to keep of a task with `keepResult`. Its function has run, and does not run again for a result that cannot be kept: then
 * callers who wait for it learn that.
 */
export function keepingOf(
  task: Task,
  { queue, taskId, firstId = taskId }: Delivery,
  result: unknown,
  engine: Engine,
): Keeping {
  const { keepResult: keepFor = 0 } = task
  const pack = (text: string) => ({ result: engine.seal(text, placeOf('result', queue, firstId)), keepFor })
  try {
    return { kept: pack(encoded(task, result, engine)) }
  } catch (error) {
    const refused =
      error instanceof ResultNotStorableError
        ? error
        : new ResultNotStorableError(nameOf(task), String(error))
    const { code, message } = refused
    return { kept: pack(encodeResult({ refused: { code, message } })), refused }
  }
}

/**
 * Keeps how a task has ended without success, for those who wait for its result, where its store cannot show them; one that was canceled has no
 * reason. They are told nothing if it fails: that task has ended.
 */
export async function keepEnd(
  { keepResult, func }: Task,
  { queue, taskId, firstId = taskId }: Pick<Delivery, 'queue' | 'taskId' | 'firstId'>,
  engine: Pick<Engine, 'backend' | 'seal'>,
  reason?: DeathReason,
): Promise<void> {
  const { results } = engine.backend
  if (keepResult === undefined || !results?.keepEnd) return
  const ended = { reason: reason && JSON.stringify(reason), name: func?.name }
  try {
    const end = engine.seal(encodeResult({ ended }), placeOf('result', queue, firstId))
    await results.keepEnd(queue, firstId, end, keepResult)
  } catch {
    // Whoever waits does so until the time is over.
  }
}

function encoded(task: Task, result: unknown, { maxResult, backend }: Engine): string {
  const problem = findResultProblem(result)
  if (problem !== undefined) throw new ResultNotStorableError(nameOf(task), problem)
  const text = encodeResult({ result })
  const most = Math.min(maxResult, backend.results?.maxResult ?? maxResult)
  const size = sizeOver(text, most)
  if (size === 0) return text
  const wayOut = `Return an id in place of the data${most < maxResult ? '' : ', or raise `maxResult`'}`
  throw new ResultNotStorableError(nameOf(task), `it has ${size} bytes, and ${most} are kept. ${wayOut}`)
}

function nameOf({ func, taskId }: Task): string {
  return `${func?.name ?? 'the function'} (task ${taskId})`
}
