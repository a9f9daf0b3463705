import type { JSX } from 'preact'
import type { BatchLine } from '../views.js'
import { count, percent, plural } from './format.js'

/** How far a batch is: what has succeeded, what has not, and what is left. */
export function Progress({ batch }: { readonly batch: BatchLine }): JSX.Element {
  const { total, succeeded, failed } = batch
  const part = (size: number) => (total === 0 ? 0 : (100 * size) / total)
  return (
    <svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label={inWords(batch)}>
      <rect class="track" width="100" height="8" />
      <rect class="good" width={part(succeeded)} height="8" />
      <rect class="bad" x={part(succeeded)} width={part(failed)} height="8" />
    </svg>
  )
}

/** How far it is in a line: `36 of 40 have ended, 1 of them without success`. */
export function inWords({ total, succeeded, failed, isFull, endedAt }: BatchLine): string {
  const ended = succeeded + failed
  const without = failed > 0 ? `, ${count(failed)} of them without success` : ''
  if (endedAt !== undefined && total === 0) return 'It had no members'
  if (endedAt !== undefined) return `All ${plural(total, 'member')} ended${without}`
  return `${count(ended)} of ${plural(total, 'member')}${isFull ? '' : ' so far'} ended${without}`
}

export function shareOf({ total, succeeded, failed, endedAt }: BatchLine): string {
  if (total === 0) return endedAt === undefined ? '0%' : '100%'
  return percent((succeeded + failed) / total)
}

/** In one word, with its colour. */
export function BatchState({ batch }: { readonly batch: BatchLine }): JSX.Element {
  const [kind, word] = stateOf(batch)
  return (
    <span class={`state ${kind}`}>
      <i class="dot" />
      {word}
    </span>
  )
}

function stateOf({ isFull, isCanceled, failed, endedAt }: BatchLine): readonly [kind: string, word: string] {
  if (isCanceled) return ['paused', endedAt === undefined ? 'canceled, ending' : 'canceled']
  if (endedAt === undefined) return isFull ? ['delayed', 'in progress'] : ['waiting', 'being filled']
  return failed > 0 ? ['dead', 'failed'] : ['running', 'succeeded']
}
