import { InvalidOptionError } from '../errors/index.js'

/**
 * Gives the name of a queue back when a store can have it. `option` is where it was given, for the error message.
 *
 * @throws InvalidOptionError
 */
export function checkQueueName(option: string, name: unknown): string {
  if (typeof name === 'string' && name !== '' && name.length <= 255) return name
  throw new InvalidOptionError(option, name, 'Pass text of 1 to 255 characters.')
}

/** Queues to take tasks from: one, several in strict order, or several with their weights (`{ high: 5, low: 1 }`). */
export type ToConsume = string | readonly string[] | Readonly<Record<string, number>>

/** The queues as a log names them: `high, low`, or `high:5, low:1`. */
export function describeQueues(toConsume: ToConsume): string {
  if (!hasWeights(toConsume)) return [toConsume].flat().join(', ')
  return Object.entries(toConsume)
    .map(([name, weight]) => `${name}:${weight}`)
    .join(', ')
}

/** Whether each queue has a weight of its own. */
export function hasWeights(toConsume: ToConsume): toConsume is Readonly<Record<string, number>> {
  return typeof toConsume === 'object' && !Array.isArray(toConsume)
}
