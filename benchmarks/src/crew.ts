import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { within } from './within.js'

/** What a process of the crew is given to do. */
export interface Job {
  readonly role: 'consumer' | 'producer'
  readonly backend: string
  readonly contender: string
  readonly url: string
  readonly concurrency: number
}

/** What a consumer has run so far; times by `now()`. */
export interface Report {
  readonly count: number
  readonly firstAt: number
  readonly lastAt: number
  /** Bytes of memory. */
  readonly rss: number
}

/** What a process of the crew is told. */
export type Order = { readonly send: number } | 'work'
/** What it answers. */
export type Answer = Report | 'ready' | 'sent'

/** A worker in a process of its own. */
export interface Consumer {
  report: Report
  onReport: (report: Report) => void
  /** Begins to work. */
  go(): void
  end(): void
}

/** A producer in a process of its own. */
export interface Producer {
  /** Sends a number of lone tasks, some milliseconds apart. */
  send(count: number): Promise<void>
  end(): void
}

const HAND = new URL('./hand.js', import.meta.url)
const NOTHING: Report = { count: 0, firstAt: Number.POSITIVE_INFINITY, lastAt: 0, rss: 0 }

async function hire(job: Job): Promise<ChildProcess> {
  const child = fork(HAND, [JSON.stringify(job)], { execArgv: [] })
  await within(20, once(child, 'message'), `The start of a ${job.role}`)
  return child
}

export async function hireConsumer(job: Omit<Job, 'role'>): Promise<Consumer> {
  const child = await hire({ ...job, role: 'consumer' })
  const consumer: Consumer = {
    report: NOTHING,
    onReport: () => undefined,
    go: () => void child.send('work' satisfies Order),
    end: () => child.disconnect(),
  }
  child.on('message', (report: Report) => {
    consumer.report = report
    consumer.onReport(report)
  })
  return consumer
}

export async function hireProducer(job: Omit<Job, 'role' | 'concurrency'>): Promise<Producer> {
  const child = await hire({ ...job, role: 'producer', concurrency: 0 })
  return {
    async send(count) {
      child.send({ send: count } satisfies Order)
      await once(child, 'message')
    },
    end: () => child.disconnect(),
  }
}
