/** A value, or a promise of it: a backend may be synchronous. */
export type Awaitable<T> = T | PromiseLike<T>

/** Whether it is the value itself. What is ready is used within the same tick, so that a push can join an open transaction. */
export function isReady<T>(value: Awaitable<T>): value is T {
  return typeof (value as { then?: unknown } | null | undefined)?.then !== 'function'
}
