import { need } from '@alligator/core'
import type { Command } from 'commander'
import { newStoreCommand, queuesOption } from '../command.js'
import { NotThereError } from '../not-there.js'
import { print, printJson } from '../output.js'
import { printable } from '../printable.js'
import { queuesOf } from '@alligator/core/inspect'
import { type StoreFlags, withGator } from '../with-gator.js'

interface ExpediteFlags extends StoreFlags {
  readonly queue?: readonly string[]
}

/** `alligator expedite`. */
export function expediteCommand(): Command {
  return newStoreCommand('expedite')
    .summary('make delayed tasks due now')
    .description('Makes delayed tasks due now: each joins the end of its queue.')
    .argument('<ids...>', 'the ids of delayed tasks')
    .addOption(queuesOption('only in these queues'))
    .action((ids: string[], flags: ExpediteFlags) => expedite(ids, flags))
}

async function expedite(ids: readonly string[], { queue, ...flags }: ExpediteFlags): Promise<void> {
  await withGator(flags, async (gator) => {
    const expediting = need(gator.backend, 'expediting', 'alligator expedite')
    const queues = await queuesOf(gator, queue)
    const expedited: string[] = []
    for (const id of ids)
      for (const name of queues)
        if (await expediting.expedite(name, id)) {
          expedited.push(id)
          break
        }
    const missing = ids.filter((id) => !expedited.includes(id))
    if (flags.json) printJson({ expedited, missing })
    else print(...expedited.map((id) => `${printable(id)} is due now.`))
    if (missing.length > 0) throw new NotThereError('no delayed task', missing, queues, gator.backend)
  })
}
