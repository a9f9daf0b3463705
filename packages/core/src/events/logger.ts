import { printable } from '../base/printable.js'

/** Where log lines go: `console`, pino and most loggers fit. */
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

/** Writes lines for people: time, level, message. Warnings and errors go to stderr. */
export function textLogger({ debug = false }: LoggerOptions = {}): Logger {
  return makeLogger(
    debug,
    (level, message) => `${new Date().toISOString()} ${level.toUpperCase().padEnd(5)} ${message}`,
  )
}

/** Writes lines for machines: JSON with `time`, `level`, `message` and the facts of the event. Warnings and errors go to stderr. */
export function jsonLogger({ debug = false }: LoggerOptions = {}): Logger {
  return makeLogger(debug, (level, message, facts) =>
    JSON.stringify({ time: new Date().toISOString(), level, message, ...facts }),
  )
}

/** Writes nothing. */
export function silentLogger(): Logger {
  return { debug: ignore, info: ignore, warn: ignore, error: ignore }
}

type Format = (level: keyof Logger, message: string, facts?: object) => string

function makeLogger(debug: boolean, format: Format): Logger {
  const writer = (level: keyof Logger, stream: NodeJS.WriteStream) => (message: string, facts?: object) => {
    stream.write(`${printable(format(level, message, facts))}\n`)
  }
  return {
    debug: debug ? writer('debug', process.stdout) : ignore,
    info: writer('info', process.stdout),
    warn: writer('warn', process.stderr),
    error: writer('error', process.stderr),
  }
}
