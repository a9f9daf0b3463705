import { InvalidArgumentError } from 'commander'

/** One queue as `--queue` names it. */
export interface QueueChoice {
  readonly name: string
  readonly weight: number | undefined
}

/**
 * Reads `a,b` or `a:5,b:1`; given more than once, the lists are joined. Only a number after the last colon is a weight,
 * and a colon that belongs to such a name is written `\:`.
 */
export function queueChoices(text: string, before: readonly QueueChoice[] = []): QueueChoice[] {
  if (text.includes('*'))
    throw new InvalidArgumentError('A worker takes queues by their names: a * stands for none of them.')
  const all = [...before, ...text.split(',').map((word) => queueChoice(word.trim()))]
  const weights = all.filter(({ weight }) => weight !== undefined)
  if (weights.length > 0 && weights.length < all.length)
    throw new InvalidArgumentError('Give every queue a weight, or none: high:5,low:1.')
  const [only] = weights
  if (only && all.length === 1)
    throw new InvalidArgumentError(
      `A weight is a share beside other queues. Pass "${only.name}", ` +
        `or "${only.name}\\:${only.weight}" if that is the queue's name.`,
    )
  if (weights.length > 0 && new Set(all.map(({ name }) => name)).size < all.length)
    throw new InvalidArgumentError('Give each queue one weight.')
  return all
}

/** What the `toConsume` of a worker takes. */
export function toConsume(choices: readonly QueueChoice[]): string[] | Record<string, number> {
  const weighted = choices.some(({ weight }) => weight !== undefined)
  if (!weighted) return choices.map(({ name }) => name)
  return Object.fromEntries(choices.map(({ name, weight = 1 }) => [name, weight]))
}

function queueChoice(word: string): QueueChoice {
  const [, before = word, digits] = /^(.*[^\\]|):(\d+)$/.exec(word) ?? []
  const name = before.replaceAll('\\:', ':')
  if (name === '') throw new InvalidArgumentError('Pass one name, or several with commas between them.')
  if (digits === undefined) return { name, weight: undefined }
  const weight = Number(digits)
  if (weight >= 1 && Number.isSafeInteger(weight)) return { name, weight }
  throw new InvalidArgumentError(`The weight of ${name} must be a whole number of 1 or more.`)
}
