/** Ends the working: nothing new is taken, what runs ends. */
export type Stop = () => Promise<void>

/**
 * One queue under test, at work on the store that its turn was given. Every task carries when it was sent (or is due, by
 * `now()`), and about as many bytes as any other contender's: see `payloadOf`.
 */
export interface Contender {
  /** Puts one task on the queue; resolves when the store has it. */
  enqueue(sentAt: number): unknown
  /** Puts all of these on the queue with one call. */
  enqueueMany?(sentAts: readonly number[]): unknown
  /** Puts one task on the queue that must not run before a number of milliseconds have passed. */
  enqueueLater?(dueAt: number, milliseconds: number): unknown
  /** Runs a number of tasks at once, each acknowledged after `onTask` has returned. */
  work(concurrency: number, onTask: (sentAt: number) => void): Promise<Stop>
  /** What is measured of ours alone. */
  readonly features?: Features
  close(): Promise<void>
}

/** What a task can have beside its arguments, and what else makes tasks. */
export interface Features {
  /** Puts one task on the queue under a key that no other one has. */
  enqueueUnique(key: number): unknown
  enqueueManyUnique(keys: readonly number[]): unknown
  /** Puts tasks on the queue whose results are kept. */
  enqueueManyKept(sentAts: readonly number[]): unknown
  /** Has a number of schedules make a task each second. */
  schedule(count: number): Promise<unknown>
}

/** What the file of a contender exports as `open`. */
export type Open = (url: string) => Contender | Promise<Contender>

/** What a peer's task carries: an object whose JSON has the length of what Alligator stores for one task. */
export interface Payload {
  readonly sentAt: number
  readonly note: string
}

const NOTE =
  'what a task carries, about as long as the call of a function is with its id, its name and its argument'

export function payloadOf(sentAt: number): Payload {
  return { sentAt, note: NOTE }
}

/** What a floor's task carries: as much text, with the number first, so that it is read without parsing the rest. */
export function floorPayload(sentAt: number): string {
  return `${sentAt} ${NOTE}`.padEnd(135)
}

/** Milliseconds by a clock that all processes of a machine share. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
