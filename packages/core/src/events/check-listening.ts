import { nearest } from '../base/nearest.js'
import { InvalidOptionError } from '../errors/index.js'
import { EVENT_NAMES } from './event-lines.js'

/** What other libraries call an event. */
const WORDS: ReadonlyMap<string, string> = new Map([
  ['active', 'task:start'],
  ['completed', 'task:success'],
  ['failed', 'task:dead'],
  ['stalled', 'task:lost'],
  ['ready', 'worker:start'],
  ['closed', 'worker:stop'],
  ['drained', 'worker:idle'],
  ['error', 'worker:disconnect'],
])

/** @throws InvalidOptionError for an event that there is not, and for a listener that cannot be called. */
export function checkListening(name: unknown, listener: unknown): void {
  if (name !== '*' && !EVENT_NAMES.includes(String(name))) {
    const meant = typeof name === 'string' ? meantBy(name) : undefined
    const wayOut =
      meant === undefined ? `There are ${EVENT_NAMES.join(', ')} and *.` : `Did you mean '${meant}'?`
    throw new InvalidOptionError('event', name, wayOut)
  }
  if (typeof listener !== 'function')
    throw new InvalidOptionError('listener', listener, 'Pass a function, which is called with each event.')
}

function meantBy(name: string): string | undefined {
  const word = WORDS.get(name) ?? EVENT_NAMES.find((each) => each.endsWith(`:${name}`))
  return word ?? nearest(name, EVENT_NAMES)
}
