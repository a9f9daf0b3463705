import { inspect } from 'node:util'
import { type ErrorCode, hasCode, messageOf, stackOf } from '@alligator/core'
import { CommanderError } from 'commander'

/** The command was called in a way that cannot work; the message says how to call it. */
export class UsageError extends Error {
  readonly code = 'USAGE'

  constructor(message: string) {
    super(message)
    this.name = 'UsageError'
  }
}

/** A signal has stopped work that can go on; the message says how far it came. */
export class InterruptedError extends Error {
  readonly code = 'INTERRUPTED'

  constructor(message: string) {
    super(message)
    this.name = 'InterruptedError'
  }
}

/** A module of the app threw while it was loaded; `cause` is what it threw. */
export class ModuleFailedError extends Error {
  readonly code = 'MODULE_FAILED'
  readonly file: string

  constructor(file: string, cause: unknown) {
    super(`${file} could not be loaded: ${messageOf(cause)}${placeOf(cause)}`, { cause })
    this.name = 'ModuleFailedError'
    this.file = file
  }
}

/** Of a mistake in the code itself, which has no stack through it. */
function placeOf(cause: unknown): string {
  const [, place] = /^((?:file:\/\/)?\/[^\n]*:\d+)\n/.exec(stackOf(cause) ?? '') ?? []
  return place === undefined ? '' : ` (${place.replace(/^file:\/\//, '')})`
}

/** A supervisor has ended because its processes did; everything has been told. */
export class ProcessesFailedError extends Error {
  readonly code = 'PROCESSES_FAILED'
  readonly exitCode: number

  constructor(exitCode: number) {
    super(`The processes ended with ${exitCode}.`)
    this.name = 'ProcessesFailedError'
    this.exitCode = exitCode
  }
}

/** The thread of an isolated task came to its end before the task did. */
export class ThreadEndedError extends Error {
  readonly code = 'THREAD_ENDED'

  constructor(exitCode: number) {
    super(
      `The task ended its thread, with process.exit(${exitCode}) or the like. ` +
        'Throw an error instead, or let the function return.',
    )
    this.name = 'ThreadEndedError'
  }
}

/** What to tell of a failure, and how to exit. */
export interface Failure {
  /** 0 done, 1 failed, 2 called wrongly, 130 stopped by a signal; any other is that of a process which failed. */
  readonly exitCode: number
  /** One line, and the stack below it where it was asked for. Empty when everything has been said. */
  readonly text: string
}

/** Mistakes of the caller, as opposed to failures of the store or of the app. */
const USAGE: readonly ErrorCode[] = ['INVALID_OPTION', 'INVALID_DSN', 'UNKNOWN_SCHEME']

/** The one place where errors become exit codes. */
export function failureOf(error: unknown, withStack: boolean): Failure {
  if (error instanceof CommanderError) return parserFailure(error)
  if (error instanceof ProcessesFailedError) return { exitCode: error.exitCode, text: '' }
  const text = messageOf(error)
  if (error instanceof InterruptedError) return { exitCode: 130, text }
  const origin = error instanceof ModuleFailedError ? error.cause : error
  if (codeOf(origin) === 'USAGE' || hasCode(origin, ...USAGE)) return { exitCode: 2, text }
  if (withStack) return { exitCode: 1, text: `${text}\n${inspect(error)}` }
  // An error with a code was made to be read; any other is a surprise.
  return { exitCode: 1, text: codeOf(origin) ? text : `${text} (--verbose shows the stack)` }
}

/** The `code` of an error of Alligator, of Node.js or of the system. */
export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code
  return typeof code === 'string' ? code : undefined
}

/** The parser has printed help and version itself. */
function parserFailure({ exitCode, code, message }: CommanderError): Failure {
  if (exitCode === 0) return { exitCode: 0, text: '' }
  if (code === 'commander.help') return { exitCode: 2, text: '' }
  const text = sentence(plain(oneLine(message.replace(/^error: /, ''))))
  return { exitCode: 2, text: `${text} ${parserWayOut(code, text)}`.trimEnd() }
}

/** Guesses what was meant by a DSN in the wrong place. */
function parserWayOut(code: string, text: string): string {
  // It said itself what to pass.
  if (code === 'commander.invalidArgument') return ''
  if (code === 'commander.unknownOption' && text.includes("'--conn'"))
    return 'This command takes the store as its argument: leave --conn out.'
  if (code === 'commander.unknownCommand' && text.includes('://'))
    return 'Did you mean alligator worker <DSN>?'
  const extra = code === 'commander.excessArguments' && process.argv.some((word) => word.includes('://'))
  // Where no argument is expected, the store is an option.
  if (extra && text.includes('Expected 0')) return 'Did you mean --conn <DSN>?'
  return '--help shows how it is used.'
}

/** `option '--limit <n>' argument '0' is invalid. Pass …` in the words of all other messages: `--limit cannot be "0". Pass …` */
function plain(text: string): string {
  const [, flag, value, advice] =
    /^option '(?:-\w, )?(--[\w-]+)[^']*' argument '(.*?)' is invalid\. (.*)$/s.exec(text) ?? []
  if (flag !== undefined) return `${flag} cannot be "${value}". ${choices(advice ?? '')}`
  const [, given, name, way] =
    /^command-argument value '(.*?)' is invalid for argument '(.*?)'\. (.*)$/s.exec(text) ?? []
  if (name !== undefined) return `<${name}> cannot be "${given}". ${choices(way ?? '')}`
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function choices(advice: string): string {
  return advice.replace(/^Allowed choices are /, 'Pass one of ')
}

/** Text without its line breaks. */
function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ')
}

function sentence(text: string): string {
  return /[.?)]$/.test(text) ? text : `${text}.`
}
