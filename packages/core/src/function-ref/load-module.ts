import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { extname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { runInThisContext } from 'node:vm'
import { clearTimeout, setTimeout } from '../base/timers.js'
import { whileImporting } from '../base/while-importing.js'
import { vitestImport } from './loaded.js'
import type * as NativeImport from './native-import.mjs'

/** Seconds that a module may take: its top-level await might wait for the very worker that loads it. */
const LOAD_TIMEOUT = 30

/** What Node.js says of TypeScript without a loader, or with more in it than types that it can strip. */
const NOT_TYPESCRIPT = ['SyntaxError', 'ERR_UNKNOWN_FILE_EXTENSION', 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX']

/** What a module exports: in a box, as a promise of a module that exports a function `then` would call that. */
interface Loaded {
  readonly exports: unknown
}

/**
 * Loads a module in the way that the app itself does, so that no module ever exists twice.
 *
 * @param type the `type` of its package.json.
 * @throws what the module throws as it is evaluated, or why it cannot be loaded.
 */
export async function loadModule(file: string, type: string | undefined): Promise<Loaded> {
  const isCached = createRequire(file).cache[file] !== undefined
  const throughVitest = isCached ? undefined : vitestImport()
  if (throughVitest) return { exports: await throughVitest(file) }
  try {
    if (isCached) return await requireFile(file)
    return await whileImporting(file, () => (isRequired(file, type) ? requireFile(file) : importFile(file)))
  } catch (error) {
    if (!/\.[cm]?tsx?$/.test(file) || !isError(error, ...NOT_TYPESCRIPT)) throw error
    throw new Error(`this process cannot load ${file}: start it with tsx, or build it first`, {
      cause: error,
    })
  }
}

function requireFile(file: string): Loaded | Promise<Loaded> {
  try {
    return { exports: createRequire(file)(file) as unknown }
  } catch (error) {
    // An ES module after all, of a kind that only import() can load.
    if (!isError(error, 'ERR_REQUIRE_ASYNC_MODULE', 'ERR_REQUIRE_ESM', 'ERR_REQUIRE_CYCLE_MODULE'))
      throw error
    return importFile(file)
  }
}

/** Whether Node.js, or jest in its own context, loads this file by `require`. */
function isRequired(file: string, type: string | undefined): boolean {
  const extension = extname(file)
  if (runInThisContext('globalThis') !== globalThis) return true
  if (extension.startsWith('.m')) return false
  return extension.startsWith('.c') || type !== 'module'
}

async function importFile(file: string): Promise<Loaded> {
  const { nativeImport } = await nativeImporter()
  const { href } = pathToFileURL(file)
  const isBoxed = exportsThen(file)
  const url = isBoxed ? BOX + encodeURIComponent(JSON.stringify(href)) : href
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const why = `it took more than ${LOAD_TIMEOUT} s; does its top-level await wait for the worker?`
    timer = setTimeout(() => reject(new Error(why)), LOAD_TIMEOUT * 1000)
  })
  try {
    const exports = await Promise.race([nativeImport(url), late])
    return isBoxed ? (exports as Loaded) : { exports }
  } finally {
    clearTimeout(timer)
  }
}

const BOX = 'data:text/javascript,export * as exports from '
const THEN =
  /\bexport\s+(?:async\s+)?(?:function\s*\*?|const|let|var|class)\s+then\b|\bexport\s*\{[^}]*\bthen\b/

/** Whether `import()` would call what a module exports as `then`, with its own functions, and wait for it. */
function exportsThen(file: string): boolean {
  return THEN.test(readFileSync(file, 'utf8'))
}

/** A loader hook may have given CommonJS a `require` that takes no ES module, so the CommonJS build makes its own. */
function nativeImporter(): Promise<typeof NativeImport> | typeof NativeImport {
  if (typeof __filename !== 'string') return import('./native-import.mjs')
  return createRequire(__filename)('./native-import.mjs') as typeof NativeImport
}

/** Not by `instanceof`: what a test runner throws may come from another context. */
function isError(error: unknown, ...codes: readonly string[]): boolean {
  const { code, name } = (error ?? {}) as NodeJS.ErrnoException
  return codes.includes(code ?? name)
}
