import {
  type Gator,
  Worker,
  type WorkerEvent,
  type WorkerEventType,
  type WorkerOptions,
  silentLogger,
} from '../src/index.js'

/** A worker whose events are kept, without their lines. */
export function observed(gator: Gator, options: WorkerOptions = {}) {
  const worker = new Worker(gator, { logger: silentLogger(), ...options })
  const events: WorkerEvent[] = []
  worker.on('*', (event) => events.push(event))
  /** Resolves with the next event of a type. */
  const next = (type: WorkerEventType) => new Promise((resolve) => worker.on(type, resolve))
  return { worker, events, next, types: () => events.map(({ type }) => type) }
}

/** Lets everything that is ready run. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
