import { Argument, type Command } from 'commander'
import { newCommand } from '../command.js'
import { type Candidate, type Wanted, wantedAfter } from '../completion/candidates.js'
import { namesIn } from '../completion/from-store.js'
import { FILES, SCRIPTS, SHELLS } from '../completion/scripts.js'
import { print } from '../output.js'
import { printable } from '../printable.js'

/** `alligator completion`. */
export function completionCommand(): Command {
  return newCommand('completion')
    .summary('complete commands, options, queues and ids at the tab key')
    .description('Prints the script that completes alligator in a shell. Its first line says where it goes.')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .action((shell: (typeof SHELLS)[number]) => void process.stdout.write(SCRIPTS[shell]))
}

/** `alligator complete`, which these scripts call with the words that were typed. */
export function completeCommand(): Command {
  return newCommand('complete')
    .argument('[words...]')
    .action((words: string[], _flags: object, command: Command) => complete(words, command.parent ?? command))
}

async function complete(words: readonly string[], program: Command): Promise<void> {
  const wanted = wantedAfter(program, words)
  if (wanted.kind === 'files') return print(FILES)
  const candidates = wanted.kind === 'candidates' ? wanted.candidates : await storedOf(wanted, words)
  print(...candidates.map(({ value, text = '' }) => `${printable(value)}\t${printable(text)}`))
  // A store that has not answered would keep the process.
  process.exit()
}

async function storedOf(
  { what, command, prefix, begun }: Extract<Wanted, { kind: 'stored' }>,
  words: readonly string[],
): Promise<Candidate[]> {
  const names = await namesIn(connOf(words), what, command)
  // What the shell would take for several words, or for an option, has to be typed.
  return names
    .filter(({ value }) => value.startsWith(begun) && /^[^-\s'"\\][^\s'"\\]*$/.test(value))
    .map(({ value, text }) => ({ value: prefix + value, ...(text !== undefined && { text }) }))
}

/** The store that was named on the line, or that of the environment. */
function connOf(words: readonly string[]): string | undefined {
  const at = words.lastIndexOf('--conn')
  const joined = words.find((word) => word.startsWith('--conn='))?.slice('--conn='.length)
  // A worker has it as its argument.
  const target = words[0] === 'worker' ? words.find((word) => word.includes('://')) : undefined
  return (at < 0 ? undefined : words[at + 1]) ?? joined ?? target ?? process.env['ALLIGATOR_CONN']
}
