import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, extname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { whileImporting } from '@alligator/core'
import { ModuleFailedError, UsageError, codeOf } from './failure.js'
import { useTsxFor } from './typescript.js'

/** Whether a word names a file to import, rather than a DSN. */
export function isModulePath(word: string): boolean {
  return !word.includes('://') && (/^[./\\]/.test(word) || /\.[cm]?[jt]sx?$/.test(word))
}

/** An ES module that no `require` takes. */
const NOT_REQUIRED = ['ERR_REQUIRE_ESM', 'ERR_REQUIRE_ASYNC_MODULE', 'ERR_REQUIRE_CYCLE_MODULE']

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
    await useTsxFor(file)
    return await whileImporting(file, () => load(file))
  } catch (error) {
    if (codeOf(error) !== 'ERR_UNKNOWN_FILE_EXTENSION') throw new ModuleFailedError(path, error)
    throw new UsageError(
      `Node.js cannot load ${path} as it is. Pass the JavaScript that it is built to, ` +
        'or install tsx, which loads TypeScript as it is: npm install --save-dev tsx',
    )
  }
}

/** By `require` what a loader such as ts-node/register has hooked there, as `import()` goes past it; else by `import()`. */
async function load(file: string): Promise<Record<string, unknown>> {
  const require = createRequire(file)
  if (/\.c?tsx?$/.test(file) && require.extensions[extname(file)] && !isModule(file)) {
    try {
      return require(file) as Record<string, unknown>
    } catch (error) {
      if (!NOT_REQUIRED.includes(codeOf(error) ?? '')) throw error
    }
  }
  return (await import(pathToFileURL(file).href)) as Record<string, unknown>
}

/** Whether the nearest package.json says that its files are ES modules. */
function isModule(file: string): boolean {
  const folder = dirname(file)
  const manifest = join(folder, 'package.json')
  if (!existsSync(manifest)) return folder !== dirname(folder) && isModule(folder)
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { type?: unknown }).type === 'module'
}
