import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Whether modules in TypeScript can be imported in this thread: a loader that works in the main one may not work here. */
export async function loadsTypeScript(): Promise<boolean> {
  try {
    // A file of this package that is empty without its types.
    await import(new URL('./index.d.ts', import.meta.url).href)
    return true
  } catch {
    return false
  }
}

let isUsed = false

/**
 * Has the tsx that an app has installed load its TypeScript in this thread, if `file` is written in it and nobody has named another loader.
 * What Node.js strips by itself does not find `./emails.js` where there is `emails.ts`.
 */
export async function useTsxFor(file: string): Promise<void> {
  if (isUsed || !/\.[cm]?tsx?$/.test(file) || namesLoader()) return
  const tsx = installedTsx(file)
  if (tsx === undefined) return
  isUsed = true
  await import(pathToFileURL(tsx).href)
}

function installedTsx(file: string): string | undefined {
  try {
    return createRequire(resolve(file)).resolve('tsx')
  } catch {
    return undefined
  }
}

function namesLoader(): boolean {
  const flags = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].join(' ')
  return /(^|\s)(-r|--require|--import|--loader|--experimental-loader)\b/.test(flags)
}
