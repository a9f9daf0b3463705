import { createInterface } from 'node:readline/promises'
import { UsageError } from './failure.js'

/** Refuses what must be agreed to where nobody can be asked. `what` follows "whether to". */
export function checkCanAsk(what: string): void {
  if (process.stdin.isTTY) return
  throw new UsageError(`Nobody can be asked here whether to ${what}. Pass --yes if you are sure.`)
}

/** Asks on stderr, since stdout may be a file, and gives whether the answer is yes. */
export async function agrees(question: string): Promise<boolean> {
  const asking = createInterface({ input: process.stdin, output: process.stderr })
  // Ctrl-C or Ctrl-D closes it, and is a no, too. The question then rejects, or on some versions of Node.js never settles.
  const closed = new Promise<undefined>((resolve) => asking.once('close', () => resolve(undefined)))
  const asked = asking.question(`${question} [y/N] `)
  const answer = await Promise.race([asked.catch(() => undefined), closed])
  if (answer === undefined) process.stderr.write('\n')
  asking.close()
  return /^y(es)?$/i.test((answer ?? '').trim())
}
