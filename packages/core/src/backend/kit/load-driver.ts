import { MissingBackendError } from '../../errors/index.js'

/**
 * Imports the driver of a backend, which the app installs beside it, also from within a bundle. `load` holds the `import()` itself, so that the driver
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
    return withoutBox(await load())
  } catch (error) {
    const wayOut = `Run \`npm install ${name}\`, or the like of your package manager.`
    throw new MissingBackendError(name, 'it is not installed', wayOut, error)
  }
}

/** @vercel/ncc gives all that CommonJS exports as `default`, and nothing by its name. */
function withoutBox<T>(loaded: T): T {
  const { default: inner, ...named } = loaded as { readonly default?: T }
  return inner !== undefined && Object.keys(named).length === 0 ? inner : loaded
}
