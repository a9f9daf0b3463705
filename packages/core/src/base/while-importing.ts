import { writeSync } from 'node:fs'
import { oncePerProcess } from './process-state.js'
import { turn } from './timers.js'

/** The files that are being imported now. */
const files: Set<string> = oncePerProcess('files that are being imported', () => new Set())

/**
 * Imports a file of the app, and names it where the import itself ends the process, breaks it, or begins to listen on a port: a
 * program that was meant to be started does that, and its process would end without a word, or hold the port of another.
 *
 * @example
 * ```ts no-check
 * const { gator } = await whileImporting(file, () => import(file))
 * ```
 */
export async function whileImporting<T>(file: string, load: () => T | PromiseLike<T>): Promise<T> {
  const before = servers()
  if (files.size === 0) process.on('exit', tellExit).on('uncaughtExceptionMonitor', tellThrown)
  files.add(file)
  try {
    const loaded = await load()
    // A server with a host looks that up first.
    await turn()
    return loaded
  } finally {
    files.delete(file)
    if (files.size === 0) process.off('exit', tellExit).off('uncaughtExceptionMonitor', tellThrown)
    if (servers() > before) tellServer(file)
  }
}

const WAY_OUT =
  'Let a file of tasks only define functions, and start what runs beside them from another file.'

function tellExit(code: number): void {
  tell(`The process ends with ${code} while it imports ${list()}: does that call process.exit()? ${WAY_OUT}`)
}

function tellThrown(error: Error): void {
  tell(`Nobody caught an error while ${list()} was imported: ${error.message}. ${WAY_OUT}`)
}

function tellServer(file: string): void {
  process.emitWarning(`Since ${file} was imported, this process listens for connections. ${WAY_OUT}`, {
    type: 'AlligatorImportWarning',
  })
}

/** At once: what is written any later is lost with the process. */
function tell(text: string): void {
  writeSync(2, `${text}\n`)
}

function list(): string {
  return [...files].join(', ')
}

/** How many sockets of this process listen; 0 where the runtime does not say. */
function servers(): number {
  const resources = process.getActiveResourcesInfo?.() ?? []
  return resources.filter((name) => name === 'TCPServerWrap' || name === 'PipeServerWrap').length
}
