/** A value, or a promise of it: a backend may be synchronous. */
export type Awaitable<T> = T | PromiseLike<T>

/**
 * Whether it is the value itself. What is ready is used within the same tick, so that a push can join an open transaction and
 * a quick task costs no promise.
 */
export function isReady<T>(value: Awaitable<T>): value is T {
  return typeof (value as { then?: unknown } | null | undefined)?.then !== 'function'
}

/** What `step` gives; what it throws becomes a rejection, so that callers have one way to meet a failure. */
export function attempt<T>(step: () => Awaitable<T>): T | Promise<T> {
  try {
    const value = step()
    return isReady(value) ? value : Promise.resolve(value)
  } catch (error) {
    return Promise.reject(error)
  }
}

/** Goes on with a value: at once where it is ready, else when it comes. `fail` takes a rejection. */
export function chain<T, U>(
  value: Awaitable<T>,
  step: (value: T) => Awaitable<U>,
  fail?: (error: unknown) => Awaitable<U>,
): Awaitable<U> {
  return isReady(value) ? step(value) : Promise.resolve(value).then(step, fail)
}

/** All of several values: at once where all are ready. */
export function allOf<T extends readonly unknown[]>(values: {
  readonly [K in keyof T]: Awaitable<T[K]>
}): T | Promise<T> {
  // Each is its own value, or becomes it.
  return (values.every(isReady) ? values : Promise.all(values)) as T | Promise<T>
}
