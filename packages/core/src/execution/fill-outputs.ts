import type { Payload } from '../base/payload.js'
import { need } from '../backend/need.js'
import { OutputGoneError, messageOf } from '../errors/index.js'
import { placeOf } from '../errors/sealed-places.js'
import type { Task } from '../task/task.js'
import { type KeptResult, decodeResult } from '../wire/kept.js'
import type { Engine } from './engine.js'

/**
 * The arguments of a task, with what others have given in their places.
 *
 * @throws OutputGoneError when that is not there.
 */
export async function filledArguments(
  { funcArgs, outputs }: Task,
  queue: string,
  engine: Engine,
): Promise<readonly unknown[]> {
  const ids = [...new Set(outputs.map(([, id]) => id))]
  const kept = await need(engine.backend, 'results', 'task.output').get(queue, ids)
  const args = [...funcArgs]
  for (const [at, id] of outputs) {
    const data = kept.get(id)
    if (data === undefined) throw new OutputGoneError(id, at)
    const result = read(data, queue, id, at, engine)
    if ('refused' in result) throw new OutputGoneError(id, at, 'could not be kept')
    if ('ended' in result) throw new OutputGoneError(id, at, 'has ended without one')
    args[at] = result.result
  }
  return args
}

function read(data: Payload, queue: string, id: string, at: number, engine: Engine): KeptResult {
  try {
    return decodeResult(engine.open(data, placeOf('result', queue, id)))
  } catch (error) {
    throw new OutputGoneError(id, at, `cannot be read here: ${messageOf(error)}`)
  }
}
