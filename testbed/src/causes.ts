/**
 * What an error of a store means to whoever meets it.
 *
 * - _passing_: the same may succeed in a moment, so a worker goes on trying.
 * - _misconfigured_: somebody must correct the way to the store, and the message says what to look at.
 * - _unusable_: somebody must repair the store.
 */
type Meaning = 'passing' | 'misconfigured' | 'unusable'

/** A real cause of errors. */
export interface Cause {
  readonly name: string
  readonly meaning: Meaning
  /** What its message must tell. */
  readonly says: RegExp
  /** (Default: STORE_UNAVAILABLE for what is passing, else STORE_UNUSABLE) */
  readonly code?: string
  /** Lets it begin, and gives the DSN of a store that suffers from it. */
  readonly dsn: () => string | Promise<string>
}

/** How a store is used. */
export interface Use {
  push(dsn: string): Promise<unknown>
  /** Runs a worker until it ends, or `stop` aborts; `onAway` is called when it says that it waits for its store. */
  work(dsn: string, stop: AbortSignal, onAway: () => void): Promise<unknown>
}

/** What came of it. */
export interface Finding {
  /** The code of the error that the push met. */
  readonly push: unknown
  /** What its message told; all of it, where that is not what it must tell. */
  readonly told: string
  readonly worker: string
}

/** What must come of a cause. */
export function findingOf({ meaning, says, code }: Cause): Finding {
  const isPassing = meaning === 'passing'
  const push = code ?? (isPassing ? 'STORE_UNAVAILABLE' : 'STORE_UNUSABLE')
  return { push, told: says.source, worker: isPassing ? 'goes on' : `ends with ${push}` }
}

/** Lets a producer and a worker meet a cause. */
export async function meet({ says, dsn: begin }: Cause, { push, work }: Use): Promise<Finding> {
  const dsn = await begin()
  const { code, message } = await push(dsn).then(
    () => ({ code: 'none', message: 'it was pushed' }),
    (error: unknown) => error as { code?: unknown; message: string },
  )
  const stop = new AbortController()
  const worker = await work(dsn, stop.signal, () => stop.abort()).then(
    () => 'goes on',
    (error: unknown) => `ends with ${String((error as { code?: unknown }).code)}`,
  )
  return { push: code, told: says.test(message) ? says.source : message, worker }
}
