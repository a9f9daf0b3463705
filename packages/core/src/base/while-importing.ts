import { writeSync } from 'node:fs'
import { oncePerProcess } from './process-state.js'
import { turn } from './timers.js'

/** The files that are being imported now. */
const files: Set<string> = oncePerProcess('files that are being imported', () => new Set())
/** Those that have been: to import them again runs nothing of theirs, and must not make a task wait for its turn. */
const imported = new Set<string>()

/**
 * Imports a file of the app, and names it where the import itself ends the process, or begins to listen on a port: a
 * program that was meant to be started does that, and its process would end without a word, or hold the port of another.
 *
 * @example
 * ```ts no-check
 * const { gator } = await whileImporting(file, () => import(file))
 * ```
 */
export async function whileImporting<T>(file: string, load: () => T | PromiseLike<T>): Promise<T> {
  if (imported.has(file)) return load()
  const before = servers()
  if (files.size === 0) process.on('exit', tellExit).on('uncaughtExceptionMonitor', endsForAReason)
  files.add(file)
  try {
    const loaded = await load()
    // A server with a host looks that up first.
    await turn()
    imported.add(file)
    return loaded
  } finally {
    files.delete(file)
    if (files.size === 0) process.off('exit', tellExit).off('uncaughtExceptionMonitor', endsForAReason)
    if (servers() > before) tellServer(file)
  }
}

const WAY_OUT =
  'Let a file of tasks only define functions, and start what runs beside them from another file.'

/** The process ends now, not because of what is being imported, or for a reason that is reported elsewhere. */
export function endsForAReason(): void {
  process.off('exit', tellExit)
}

/** At once: what is written any later is lost with the process. */
function tellExit(code: number): void {
  const names = [...files].join(', ')
  writeSync(
    2,
    `The process ends with ${code} while it imports ${names}: does that call process.exit()? ${WAY_OUT}\n`,
  )
}

function tellServer(file: string): void {
  process.emitWarning(
    `While ${file} was imported, this process began to listen for connections: does that file? ${WAY_OUT}`,
    {
      type: 'AlligatorImportWarning',
    },
  )
}

/** How many sockets of this process listen; 0 where the runtime does not say. */
function servers(): number {
  const resources = process.getActiveResourcesInfo?.() ?? []
  return resources.filter((name) => name === 'TCPServerWrap' || name === 'PipeServerWrap').length
}
