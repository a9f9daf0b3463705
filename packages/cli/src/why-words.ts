import type { Why } from '@alligator/core/inspect'
import { shortId } from './ids.js'
import { counted } from './output.js'
import { printable } from './printable.js'
import { lengthOf, momentOf } from './times.js'

/** Why a task does not run yet, as a sentence. */
export function whyText(why: Why, now: number): string {
  switch (why.kind) {
    case 'delayed':
      return `It is due in ${lengthOf(why.until - now)}, at ${momentOf(why.until)}.`
    case 'paused':
      return `Its queue is paused${endOf(why)}`
    case 'function-paused':
      return `Its function is paused${endOf(why)}`
    case 'dependencies':
      return `It waits for ${why.tasks.map(({ taskId, state }) => `${shortId(taskId)} (${state})`).join(', ')}.`
    case 'batch':
      return `It waits for the end of batch ${printable(why.batchId)}.`
    case 'no-worker':
      return 'No worker takes tasks from its queue.'
    case 'busy':
      return `All ${why.slots} slots of ${counted(why.workers, 'worker')} are taken.`
    case 'level':
      return `${counted(why.above, 'task')} of a higher priority come first.`
    case 'line':
      return `It waits in line: ${counted(why.waiting, 'task')} wait on its queue.`
  }
}

function endOf({
  until,
  reason,
}: Extract<Why, { kind: 'paused' }> | Extract<Why, { kind: 'function-paused' }>): string {
  const end = until === undefined ? ', until it is resumed' : ` until ${momentOf(until)}`
  return reason === undefined ? `${end}.` : `${end}: ${printable(reason)}`
}
