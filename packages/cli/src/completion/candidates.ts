import type { Argument, Command, Option } from 'commander'

/** One way to go on, and what it means. */
export interface Candidate {
  readonly value: string
  readonly text?: string
}

/** What comes from the store. */
export type Stored = 'queues' | 'ids' | 'schedules'

/** How a command line goes on. */
export type Wanted =
  | { readonly kind: 'candidates'; readonly candidates: readonly Candidate[] }
  | { readonly kind: 'files' }
  | {
      readonly kind: 'stored'
      readonly what: Stored
      /** Of which command, by its name. */
      readonly command: string
      /** What was typed of it, without what stands before a comma. */
      readonly prefix: string
      readonly begun: string
    }

const NOTHING: Wanted = { kind: 'candidates', candidates: [] }
const FILES: Wanted = { kind: 'files' }
/** Options whose values are files or folders; a DSN is no name of any. */
const OF_FILES: readonly string[] = ['--import', '--root', '--conn']
const ARGUMENTS_OF_FILES: readonly string[] = ['target', 'modules', 'from', 'to']

/** What the last of these words may become; those before it are complete. */
export function wantedAfter(program: Command, words: readonly string[]): Wanted {
  const { command, position, valueOf } = walk(program, words.slice(0, -1))
  const word = words.at(-1) ?? ''
  if (valueOf) return valuesOf(valueOf, command, word, '')
  const [, flag = '', value = ''] = /^(--[\w-]+=)(.*)$/s.exec(word) ?? []
  const option = flag && optionOf(command, flag.slice(0, -1))
  if (option) return valuesOf(option, command, value, flag)
  if (word.startsWith('-')) return { kind: 'candidates', candidates: flagsOf(command, word) }
  const subcommands = position === 0 ? commandsOf(command, word) : []
  if (subcommands.length > 0) return { kind: 'candidates', candidates: subcommands }
  const argument = command.registeredArguments[position] ?? lastIfVariadic(command)
  return argument ? argumentsFor(argument, command, word) : NOTHING
}

interface Place {
  readonly command: Command
  /** Arguments that stand before. */
  readonly position: number
  /** The option whose value comes next. */
  readonly valueOf: Option | undefined
}

function walk(program: Command, words: readonly string[]): Place {
  let [command, position]: [Command, number] = [program, 0]
  let valueOf: Option | undefined
  for (const word of words) {
    if (valueOf) valueOf = undefined
    else if (word.startsWith('-')) {
      const option = optionOf(command, word)
      if (option?.required && !word.includes('=')) valueOf = option
    } else {
      const next = position === 0 ? command.commands.find((one) => one.name() === word) : undefined
      if (next) command = next
      else position += 1
    }
  }
  return { command, position, valueOf }
}

/** Also those of the command that this one belongs to. */
function optionOf(command: Command, flag: string): Option | undefined {
  const found = command.options.find(({ long, short }) => long === flag || short === flag)
  return found ?? (command.parent ? optionOf(command.parent, flag) : undefined)
}

function flagsOf(command: Command, word: string): Candidate[] {
  const shown = [...command.createHelp().visibleOptions(command)]
  return shown.flatMap(({ long, description }) =>
    long?.startsWith(word) ? [{ value: long, text: description }] : [],
  )
}

function commandsOf(command: Command, word: string): Candidate[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((one) => one.name().startsWith(word))
    .map((one) => ({ value: one.name(), text: one.summary() || one.description() }))
}

function lastIfVariadic({ registeredArguments: all }: Command): Argument | undefined {
  const last = all.at(-1)
  return last?.variadic ? last : undefined
}

function valuesOf({ long, argChoices }: Option, command: Command, word: string, before: string): Wanted {
  if (argChoices) return choicesOf(argChoices, word, before)
  if (long === '--queue') return stored('queues', command, word, before)
  return OF_FILES.includes(long ?? '') && before === '' ? FILES : NOTHING
}

function argumentsFor(argument: Argument, command: Command, word: string): Wanted {
  const name = argument.name()
  if (argument.argChoices) return choicesOf(argument.argChoices, word, '')
  if (name === 'queue') return stored('queues', command, word, '')
  if (name === 'id' || name === 'ids')
    return stored(command.parent?.name() === 'schedules' ? 'schedules' : 'ids', command, word, '')
  return ARGUMENTS_OF_FILES.includes(name) ? FILES : NOTHING
}

function choicesOf(choices: readonly string[], word: string, before: string): Wanted {
  const fitting = choices.filter((choice) => choice.startsWith(word))
  return { kind: 'candidates', candidates: fitting.map((choice) => ({ value: before + choice })) }
}

/** Several names stand in one word, with commas between them. */
function stored(what: Stored, command: Command, word: string, before: string): Wanted {
  const at = what === 'queues' ? word.lastIndexOf(',') + 1 : 0
  return {
    kind: 'stored',
    what,
    command: command.name(),
    prefix: before + word.slice(0, at),
    begun: word.slice(at),
  }
}
