import { realpathSync } from 'node:fs'
import { isAbsolute, relative, sep } from 'node:path'

/** What a module's file may end in; `.d.ts` holds types only and is no module. */
export const EXTENSIONS: readonly string[] = ['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts', '.jsx', '.tsx']

/** Says why this text can be no module id, or undefined where it can: a payload may say anything. */
export function idFault(id: string): string | undefined {
  if (id.length > 1024) return 'it is longer than any path'
  if (/^[a-z][a-z\d+.-]*:/i.test(id)) return 'it is a URL, a drive or a built-in module'
  if (id.includes('\\') || id.includes('\0')) return 'it has a backslash or a NUL in it'
  const parts = id.split('/')
  if (parts.some((part) => part === '' || part === '.' || part === '..'))
    return 'it is not a plain relative path'
  return parts.includes('node_modules') ? 'it reaches into node_modules' : undefined
}

/** The package that an id would name and the path within it: `@acme/lib/src/x` gives `@acme/lib` and `src/x`. */
export function splitPackage(id: string): { name: string; path: string } | undefined {
  const parts = id.split('/')
  const words = id.startsWith('@') ? 2 : 1
  if (parts.length <= words) return undefined
  return { name: parts.slice(0, words).join('/'), path: parts.slice(words).join('/') }
}

/** The path of a file within a folder, with `/`; undefined where it is not inside. */
export function pathWithin(folder: string, file: string): string | undefined {
  const path = relative(folder, file)
  return path === '' || path.split(sep)[0] === '..' || isAbsolute(path)
    ? undefined
    : path.split(sep).join('/')
}

/** Whether a path passes through a folder of installed packages. */
export function isInstalled(path: string): boolean {
  return path.split(/[\\/]/).includes('node_modules')
}

/** A module's path without its extension; undefined where the file is no module. */
export function withoutExtension(path: string): string | undefined {
  const extension = EXTENSIONS.find((end) => path.endsWith(end))
  const bare = extension === undefined ? '' : path.slice(0, -extension.length)
  return bare === '' || bare.endsWith('/') || isDeclaration(bare, extension) ? undefined : bare
}

/** Whether these are the parts of the name of a file of type declarations. */
export function isDeclaration(bare: string, extension: string | undefined): boolean {
  return bare.endsWith('.d') && /^\.[mc]?ts$/.test(extension ?? '')
}

/** The real path, in the case that the disk has it; undefined where there is nothing. */
export function realPath(path: string): string | undefined {
  try {
    return realpathSync.native(path)
  } catch {
    return undefined
  }
}
