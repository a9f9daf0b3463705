import { printable } from '../base/printable.js'

/** Where log lines go: `console`, the loggers of pino and winston, and most others fit. */
export interface Logger {
  debug(message: string, facts?: object): void
  info(message: string, facts?: object): void
  warn(message: string, facts?: object): void
  error(message: string, facts?: object): void
}

/** The method of a logger that leaves a level out; no line is put together for it. */
export const ignore = (): void => undefined

/** What a logger of this package leaves out. */
export interface LoggerOptions {
  /** Also write `debug` lines. (Default: false) */
  readonly debug?: boolean
}

/** Writes lines for people: time, level, message, and with `debug` the stacks of errors. Warnings and errors go to stderr. */
export function textLogger({ debug = false }: LoggerOptions = {}): Logger {
  return makeLogger(debug, (level, message, facts) => {
    const line = `${new Date().toISOString()} ${level.toUpperCase().padEnd(5)} ${message}`
    const { stack } = (facts ?? {}) as { readonly stack?: unknown }
    return debug && typeof stack === 'string' ? [line, ...stack.split('\n')] : [line]
  })
}

/** Writes lines for machines: JSON with `time`, `level`, `message` and the facts of the event. Warnings and errors go to stderr. */
export function jsonLogger({ debug = false }: LoggerOptions = {}): Logger {
  return makeLogger(debug, (level, message, facts) => [
    JSON.stringify({ time: new Date().toISOString(), level, message, ...facts }),
  ])
}

/** Writes nothing. */
export function silentLogger(): Logger {
  return { debug: ignore, info: ignore, warn: ignore, error: ignore }
}

/** What only a logger of pino has, of whichever copy. */
const PINO = Symbol.for('pino.serializers')

/** A logger of pino or winston, as far as they are alike. */
interface Leveled {
  isLevelEnabled(level: string): boolean
  /** Of winston alone. */
  readonly transports?: unknown
}

/**
 * A logger that is called with the message and then the facts, as `console` is. Pino would leave facts out that come after the message;
 * winston those after a message that has a `%s` in it. Lines of a level that they leave out at this time are not put together for them.
 */
export function messageFirst(logger: Logger): Logger {
  const { isLevelEnabled, transports } = logger as Partial<Leveled>
  if (!isLevelEnabled || !(PINO in logger || transports)) return logger
  const writer = (level: keyof Logger) => {
    if (!isLevelEnabled.call(logger, level)) return ignore
    const write = logger[level].bind(logger) as unknown as (what: object, message?: string) => void
    return PINO in logger
      ? (message: string, facts: object = {}) => write(facts, message)
      : (message: string, facts?: object) => write({ ...facts, message })
  }
  return { debug: writer('debug'), info: writer('info'), warn: writer('warn'), error: writer('error') }
}

/** Gives lines; no text within one can begin another. */
type Format = (level: keyof Logger, message: string, facts?: object) => readonly string[]

function makeLogger(debug: boolean, format: Format): Logger {
  const writer = (level: keyof Logger, stream: NodeJS.WriteStream) => (message: string, facts?: object) => {
    const lines = format(level, message, facts).map(printable)
    stream.write(`${lines.join('\n')}\n`)
  }
  return {
    debug: debug ? writer('debug', process.stdout) : ignore,
    info: writer('info', process.stdout),
    warn: writer('warn', process.stderr),
    error: writer('error', process.stderr),
  }
}
