import { MissingBackendError } from '../../errors/index.js'

/**
 * Imports the driver of a backend, which the app installs beside it. `load` holds the `import()` itself, so that the driver
 * is looked for from the backend's own place.
 *
 * @throws MissingBackendError which says what to install.
 *
 * @example
 * ```ts no-check
 * const { Redis } = await loadDriver('ioredis', () => import('ioredis'))
 * ```
 */
export async function loadDriver<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (error) {
    const wayOut = `Run \`npm install ${name}\`, or the like of your package manager.`
    throw new MissingBackendError(name, 'it is not installed', wayOut, error)
  }
}
