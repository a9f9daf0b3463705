import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ModuleFailedError, UsageError, codeOf } from './failure.js'

/** Whether a word names a file to import, rather than a DSN. */
export function isModulePath(word: string): boolean {
  return !word.includes('://') && (/^[./\\]/.test(word) || /\.[cm]?[jt]sx?$/.test(word))
}

/**
 * Imports a file of the app, given relative to the current folder.
 *
 * @throws UsageError where there is none or Node.js cannot read it; ModuleFailedError when it throws.
 */
export async function importFile(path: string): Promise<Record<string, unknown>> {
  const file = resolve(path)
  if (!existsSync(file))
    throw new UsageError(`There is no ${file}. Pass the path of a module, with its extension.`)
  try {
    return (await import(pathToFileURL(file).href)) as Record<string, unknown>
  } catch (error) {
    if (codeOf(error) !== 'ERR_UNKNOWN_FILE_EXTENSION') throw new ModuleFailedError(path, error)
    throw new UsageError(
      `Node.js cannot load ${path} as it is. Pass the JavaScript that it is built to, ` +
        "or load TypeScript through tsx: NODE_OPTIONS='--import tsx' alligator worker …",
    )
  }
}
