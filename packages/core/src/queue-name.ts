import { InvalidOptionError } from './errors.js'

/**
 * Gives the name of a queue back when a store can have it. `option` is where it was given, for the error message.
 *
 * @throws InvalidOptionError
 */
export function checkQueueName(option: string, name: unknown): string {
  if (typeof name === 'string' && name !== '' && name.length <= 255) return name
  throw new InvalidOptionError(option, name, 'Pass text of 1 to 255 characters.')
}
