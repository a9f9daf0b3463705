const KEY = Symbol.for('alligator.state')
type StateHolder = { [KEY]?: Map<string, unknown> }

/**
 * What is known once per process under a name, made on first use. All of it lives on one `Symbol.for` key, because an app may
 * load this package twice (as an ES module and as CommonJS) and `import '@alligator/redis'` must register for both copies.
 * Nothing else is kept at the level of a module.
 *
 * @example
 * ```ts no-check
 * const backends = oncePerProcess('backends', () => new Map<string, BackendClass>())
 * ```
 */
export function oncePerProcess<T>(name: string, make: () => T): T {
  const holder = globalThis as StateHolder
  holder[KEY] ??= new Map()
  if (!holder[KEY].has(name)) holder[KEY].set(name, make())
  // Code that knows the name knows the type.
  return holder[KEY].get(name) as T
}
