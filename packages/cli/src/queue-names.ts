import { type Gator, need } from '@alligator/core'
import { queuesOf } from '@alligator/core/inspect'
import { UsageError } from './failure.js'
import { printable } from './printable.js'

/**
 * What `--queue` names, where a `*` stands for any text: `mail*` is every queue that is known and so called. `undefined`: nothing was named.
 *
 * @throws UsageError where no queue is called so.
 */
export async function namedQueues(
  gator: Gator,
  named: readonly string[] | undefined,
): Promise<readonly string[] | undefined> {
  if (!named?.some((name) => name.includes('*'))) return named
  const known = await knownQueues(gator)
  return [...new Set(named.flatMap((name) => (name.includes('*') ? matching(name, known) : [name])))].sort()
}

/** The queues that a command is about: those named, else all that hold anything, else the gator's own. */
export async function chosenQueues(gator: Gator, named: readonly string[] | undefined): Promise<string[]> {
  return queuesOf(gator, await namedQueues(gator, named))
}

/** Those that hold anything, those that workers serve, and the gator's own. */
export async function knownQueues({ backend, queueName }: Gator): Promise<string[]> {
  const holding = await need(backend, 'listing', 'a * in --queue').queues()
  const workers = (await backend.directory?.workers()) ?? []
  return [...new Set([...holding, ...workers.flatMap(({ queues }) => queues), queueName])].sort()
}

function matching(pattern: string, known: readonly string[]): string[] {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  const regex = new RegExp(`^${parts.join('.*')}$`, 's')
  const found = known.filter((name) => regex.test(name))
  if (found.length > 0) return found
  throw new UsageError(
    printable(`No queue is called like "${pattern}". alligator status shows what there is.`),
  )
}
