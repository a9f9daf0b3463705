import { createInterface } from 'node:readline/promises'
import { InterruptedError, UsageError } from './failure.js'

/** Refuses what must be agreed to where nobody can be asked. `what` follows "whether to". */
export function checkCanAsk(what: string): void {
  if (process.stdin.isTTY) return
  throw new UsageError(`Nobody can be asked here whether to ${what}. Pass --yes if you are sure.`)
}

/** How a shell tells that a command was stopped by Ctrl-C. */
const INTERRUPTED = 130

/**
 * Asks on stderr, since stdout may be a file, and gives whether the answer is yes.
 *
 * @throws InterruptedError at Ctrl-C: a script must not take that for an answer.
 */
export async function agrees(question: string): Promise<boolean> {
  const asking = createInterface({ input: process.stdin, output: process.stderr })
  let isInterrupted = false
  asking.once('SIGINT', () => {
    isInterrupted = true
    asking.close()
  })
  // Ctrl-D closes it, and is a no, too. The question then rejects, or on some versions of Node.js never settles.
  const closed = new Promise<undefined>((resolve) => asking.once('close', () => resolve(undefined)))
  const before = process.exitCode
  // For a signal, as Ctrl-C is where stderr is no terminal.
  process.exitCode = INTERRUPTED
  const asked = asking.question(`${question} [y/N] `)
  const answer = await Promise.race([asked.catch(() => undefined), closed])
  process.exitCode = before
  if (answer === undefined) process.stderr.write('\n')
  asking.close()
  if (isInterrupted) throw new InterruptedError('Interrupted: nothing was changed.')
  return /^y(es)?$/i.test((answer ?? '').trim())
}
