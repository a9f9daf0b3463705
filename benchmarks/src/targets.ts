/** A ratio that Alligator has to reach in the same run, or a figure. */
export interface Target {
  readonly scenario: string
  readonly row: string
  /** At least this many times the figure of `of`, or simply this much. */
  readonly atLeast?: number
  readonly atMost?: number
  /** A contender, the best of the peers, or another row of our own. (Default: none, the figure itself counts) */
  readonly of?: string
}

export const BEST_PEER = 'the best peer'

const better = (scenario: string, row: string, atLeast: number, of: string): Target => ({
  scenario,
  row,
  atLeast,
  of,
})

/** Everything but what the store's own granularity decides. */
const speeds: readonly (readonly [scenario: string, row: string])[] = [
  ['enqueue', 'one by one'],
  ['enqueue', '100 in flight'],
  ['enqueue', 'in bulk, 1000 a call'],
  ['drain', 'concurrency 1'],
  ['drain', 'concurrency 10'],
  ['drain', 'concurrency 100'],
  ['drain', 'two processes × 10'],
  ['together', 'one process, both'],
]

/** The cost of a task must not grow with the queue. */
const flat: readonly Target[] = ['enqueue', 'drain'].flatMap((what) =>
  ['100 k waiting', '100 k waiting, 100 k delayed', '1 M waiting'].map((level) =>
    better('growth', `${what}, ${level}`, 0.8, `${what}, 1 k waiting`),
  ),
)

/** A key and a kept result may cost no more than this. */
const features: readonly Target[] = [
  better('features', 'one by one, with keys', 0.77, 'one by one'),
  better('features', 'drain, concurrency 10, results kept', 0.7, 'drain, concurrency 10'),
]

/** A worker with one slot runs quick tasks nearly as fast as one with many. */
const oneSlot: Target = better('drain', 'concurrency 1', 0.5, 'concurrency 100')

export const TARGETS: Readonly<Record<string, readonly Target[]>> = {
  redis: [
    better('enqueue', 'one by one', 1, BEST_PEER),
    better('enqueue', '100 in flight', 1.2, 'bee-queue'),
    better('enqueue', 'in bulk, 100 a call', 1.7, 'bee-queue'),
    better('enqueue', 'in bulk, 1000 a call', 1.7, 'bee-queue'),
    better('enqueue', 'in bulk, 100 a call', 6, 'BullMQ'),
    better('enqueue', 'in bulk, 1000 a call', 6, 'BullMQ'),
    better('drain', 'concurrency 1', 0.8, 'floor A'),
    better('drain', 'concurrency 10', 0.7, 'floor A'),
    better('drain', 'concurrency 100', 0.6, 'floor A'),
    better('drain', 'concurrency 1', 2, BEST_PEER),
    better('drain', 'concurrency 10', 2.5, BEST_PEER),
    better('drain', 'concurrency 100', 3, BEST_PEER),
    better('drain', 'two processes × 10', 2.5, BEST_PEER),
    oneSlot,
    better('together', 'one process, both', 2.5, BEST_PEER),
    { scenario: 'latency', row: 'p50', atMost: 1, of: 'bee-queue' },
    { scenario: 'latency', row: 'p99', atMost: 1, of: 'bee-queue' },
    { scenario: 'delayed', row: 'lateness, p99', atMost: 25 },
    { scenario: 'cpu', row: 'client, a drained task', atMost: 1.6, of: 'floor A' },
    { scenario: 'cpu', row: 'commands, idle worker', atMost: 1800 },
    { scenario: 'bytes', row: 'the store, a waiting task', atMost: 250 },
    { scenario: 'bytes', row: 'a worker process', atMost: 1.1, of: BEST_PEER },
    ...features,
    ...flat,
  ],
  sqlite: [
    better('enqueue', 'one by one', 1, 'plainjob'),
    better('enqueue', '100 in flight', 2, 'plainjob'),
    better('enqueue', 'in bulk, 100 a call', 0.9, 'plainjob'),
    better('enqueue', 'in bulk, 1000 a call', 0.9, 'plainjob'),
    better('drain', 'concurrency 1', 1.2, 'plainjob'),
    better('drain', 'concurrency 10', 4, 'plainjob'),
    better('drain', 'concurrency 100', 5, 'plainjob'),
    better('drain', 'two processes × 10', 3, 'plainjob'),
    oneSlot,
    better('together', 'one process, both', 2, 'plainjob'),
    { scenario: 'latency', row: 'p50', atMost: 2 },
    { scenario: 'cpu', row: 'client, idle worker', atMost: 1 },
    { scenario: 'bytes', row: 'the store, a waiting task', atMost: 220 },
    ...features,
    ...flat,
  ],
  postgres: [
    better('enqueue', 'one by one', 2, BEST_PEER),
    better('enqueue', '100 in flight', 10, BEST_PEER),
    better('enqueue', 'in bulk, 1000 a call', 2, BEST_PEER),
    better('drain', 'concurrency 1', 1, BEST_PEER),
    better('drain', 'concurrency 10', 1.2, BEST_PEER),
    better('drain', 'concurrency 100', 1.5, BEST_PEER),
    oneSlot,
    ...features,
    { scenario: 'latency', row: 'p50', atMost: 2 },
    better('horizon', 'drain, at the end', 0.8, 'drain, at first'),
    ...flat,
  ],
  beanstalkd: [
    ...speeds.map(([scenario, row]) => better(scenario, row, 0.9, 'fivebeans')),
    oneSlot,
    { scenario: 'latency', row: 'p50', atMost: 1.1, of: 'fivebeans' },
    { scenario: 'latency', row: 'p99', atMost: 1.1, of: 'fivebeans' },
    ...flat,
  ],
  sqs: [
    better('enqueue', '100 in flight', 4, 'sqs-consumer'),
    better('drain', 'concurrency 10', 3, 'sqs-consumer'),
    better('drain', 'concurrency 100', 3, 'sqs-consumer'),
    better('drain', 'concurrency 100', 1, 'sqs-consumer, in batches'),
    oneSlot,
    { scenario: 'cpu', row: 'commands, a drained task', atMost: 0.35 },
  ],
  memory: [{ scenario: 'drain', row: 'concurrency 10', atLeast: 120_000 }, oneSlot, ...flat],
}
