import { performance } from 'node:perf_hooks'
import type { Task } from '@alligator/core'
import { type Attributes, type Counter, type Histogram, type Meter, metrics } from '@opentelemetry/api'
import { functionOf, queueAttributes } from './attributes.js'

/** The bounds that the conventions advise, in seconds. */
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

/** Tells how long something took, and the kind of the error that it failed with, if it did. */
export type End = (errorType?: string) => void

interface Instruments {
  readonly sending: Histogram
  readonly sent: Counter
  readonly processing: Histogram
  readonly consumed: Counter
}

/** The metrics of the conventions. No id, no argument and no message is ever a label, so that their number is bounded. */
export class Meters {
  readonly #name: string
  #provider: unknown
  #made: Instruments | undefined

  constructor(name: string) {
    this.#name = name
  }

  /** Begins to measure how a number of tasks are put on a queue. */
  sending(queue: string | undefined, count: number): End {
    const { sending, sent } = this.#instruments()
    return measure(queueAttributes('send', queue), (attributes, seconds) => {
      sending.record(seconds, attributes)
      sent.add(count, attributes)
    })
  }

  /** Begins to measure a try. */
  processing(task: Task): End {
    const { processing, consumed } = this.#instruments()
    const attributes = { ...queueAttributes('process', task.queue), ...functionOf(task) }
    return measure(attributes, (outcome, seconds) => {
      processing.record(seconds, outcome)
      consumed.add(1, outcome)
    })
  }

  /** An instrument stays with the provider that made it, and the app may register its own later than this was made. */
  #instruments(): Instruments {
    const provider = metrics.getMeterProvider()
    if (this.#made && provider === this.#provider) return this.#made
    this.#provider = provider
    this.#made = makeInstruments(provider.getMeter(this.#name))
    return this.#made
  }
}

function makeInstruments(meter: Meter): Instruments {
  const seconds = (name: string, description: string) =>
    meter.createHistogram(name, { description, unit: 's', advice: { explicitBucketBoundaries: BOUNDS } })
  const messages = (name: string, description: string) =>
    meter.createCounter(name, { description, unit: '{message}' })
  return {
    sending: seconds('messaging.client.operation.duration', 'How long it took to put tasks on a queue'),
    sent: messages('messaging.client.sent.messages', 'Tasks that were put on a queue, or were to be'),
    processing: seconds('messaging.process.duration', 'How long one try of a task took'),
    consumed: messages('messaging.client.consumed.messages', 'Tries of tasks'),
  }
}

function measure(attributes: Attributes, record: (attributes: Attributes, seconds: number) => void): End {
  const begin = performance.now()
  return (errorType) => {
    const outcome = errorType === undefined ? attributes : { ...attributes, 'error.type': errorType }
    record(outcome, (performance.now() - begin) / 1000)
  }
}
