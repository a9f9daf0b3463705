import { type Finding, need } from '@alligator/core'
import type { Command } from 'commander'
import { newStoreCommand } from '../command.js'
import { print, printJson } from '../output.js'
import { printable } from '../printable.js'
import { colors } from '../terminal.js'
import { type StoreFlags, withGator } from '../with-gator.js'

/** `alligator doctor`. */
export function doctorCommand(): Command {
  return newStoreCommand('doctor')
    .summary('tell what makes the store slow, or may lose tasks')
    .description(
      'Asks the server of a store, or looks at its file, for what makes queues slow or may lose tasks, and says what to do. Changes nothing. ' +
        'Ends with 1 when something is not as it should be.',
    )
    .action((flags: StoreFlags) => doctor(flags))
}

async function doctor(flags: StoreFlags): Promise<void> {
  await withGator(flags, async ({ backend }) => {
    const findings = await need(backend, 'health', 'alligator doctor').examine()
    if (flags.json) printJson({ findings })
    else print(...findings.flatMap(linesOf))
    if (findings.some(({ isWell }) => !isWell)) process.exitCode = 1
  })
}

function linesOf({ check, isWell, found, advice }: Finding): string[] {
  const mark = isWell ? colors.green('ok ') : colors.red('bad')
  const first = `${mark}  ${check.padEnd(13)}  ${printable(found)}`
  return advice === undefined ? [first] : [first, `${' '.repeat(20)}${printable(advice)}`]
}
