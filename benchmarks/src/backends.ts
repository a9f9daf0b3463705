import type { Open } from './contender.js'
import type { Store } from './stores/store.js'

/** What a contender is: ours, another project's queue, or the bare driver doing the least that a queue can do. */
export type Kind = 'ours' | 'peer' | 'floor'

interface Entry {
  readonly kind: Kind
  readonly load: () => Promise<{ readonly open: Open }>
}

/** One store, and who competes on it. */
export interface Backend {
  /** Whether several processes can use one queue. */
  readonly shared: boolean
  /** Seconds to watch an idle worker for. */
  readonly idle: number
  /** The scenarios that would say nothing about it. */
  readonly without: readonly string[]
  readonly load: () => Promise<{ readonly store: Store }>
  /** By name, in the order of the tables. */
  readonly contenders: Readonly<Record<string, Entry>>
}

const peer = (load: Entry['load']): Entry => ({ kind: 'peer', load })
const floor = (load: Entry['load']): Entry => ({ kind: 'floor', load })

/** Who competes on Redis. */
const redis: Backend = {
  shared: true,
  idle: 4,
  without: ['horizon'],
  load: () => import('./stores/redis.js'),
  contenders: {
    Alligator: { kind: 'ours', load: () => import('./contenders/redis/alligator.js') },
    BullMQ: peer(() => import('./contenders/redis/bullmq.js')),
    'bee-queue': peer(() => import('./contenders/redis/bee-queue.js')),
    Platformatic: peer(() => import('./contenders/redis/platformatic.js')),
    'floor A': floor(() => import('./contenders/redis/floor-a.js')),
    'floor B': floor(() => import('./contenders/redis/floor-b.js')),
  },
}

/** Who competes on SQLite. */
const sqlite: Backend = {
  shared: true,
  idle: 4,
  without: ['horizon'],
  load: () => import('./stores/sqlite.js'),
  contenders: {
    Alligator: { kind: 'ours', load: () => import('./contenders/sqlite/alligator.js') },
    plainjob: peer(() => import('./contenders/sqlite/plainjob.js')),
    floor: floor(() => import('./contenders/sqlite/floor.js')),
  },
}

/** Who competes on PostgreSQL. */
const postgres: Backend = {
  shared: true,
  idle: 4,
  without: [],
  load: () => import('./stores/postgres.js'),
  contenders: {
    Alligator: { kind: 'ours', load: () => import('./contenders/postgres/alligator.js') },
    'pg-boss': peer(() => import('./contenders/postgres/pg-boss.js')),
    'graphile-worker': peer(() => import('./contenders/postgres/graphile-worker.js')),
    floor: floor(() => import('./contenders/postgres/floor.js')),
  },
}

/** Who competes on beanstalkd. */
const beanstalkd: Backend = {
  shared: true,
  idle: 4,
  without: ['features', 'horizon'],
  load: () => import('./stores/beanstalkd.js'),
  contenders: {
    Alligator: { kind: 'ours', load: () => import('./contenders/beanstalkd/alligator.js') },
    fivebeans: peer(() => import('./contenders/beanstalkd/fivebeans.js')),
    floor: floor(() => import('./contenders/beanstalkd/floor.js')),
  },
}

/** Who competes on SQS: an emulator of it, whose own use of time and space says nothing. */
const sqs: Backend = {
  shared: true,
  // The longest wait that SQS knows.
  idle: 20,
  without: ['bytes', 'features', 'growth', 'horizon'],
  load: () => import('./stores/sqs.js'),
  contenders: {
    Alligator: { kind: 'ours', load: () => import('./contenders/sqs/alligator.js') },
    'sqs-consumer': peer(() => import('./contenders/sqs/sqs-consumer.js')),
    'sqs-consumer, in batches': peer(() => import('./contenders/sqs/sqs-consumer-batches.js')),
    floor: floor(() => import('./contenders/sqs/floor.js')),
  },
}

/** Who competes within the memory of one process. */
const memory: Backend = {
  shared: false,
  idle: 4,
  without: ['latency', 'delayed', 'together', 'bytes', 'horizon'],
  load: () => import('./stores/memory.js'),
  contenders: {
    Alligator: { kind: 'ours', load: () => import('./contenders/memory/alligator.js') },
    fastq: peer(() => import('./contenders/memory/fastq.js')),
    'p-queue': peer(() => import('./contenders/memory/p-queue.js')),
  },
}

/** One more store is one more entry here, with its file in `stores/` and its folder in `contenders/`. */
export const BACKENDS: Readonly<Record<string, Backend>> = {
  redis,
  sqlite,
  postgres,
  beanstalkd,
  sqs,
  memory,
}
