// What scripts of this app do.
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { Gator, Worker } from '@alligator/core'
import * as tasks from './tasks.js'

const root = fileURLToPath(new URL('.', import.meta.url))

async function withGator(store, queueName, use) {
  await import(`@alligator/${store.split(':')[0]}`)
  const gator = new Gator(store, { root, queueName })
  try {
    await use(gator)
  } finally {
    await gator.close()
  }
}

/** Puts calls of functions on a queue: `[['quick', 'a'], ['fail']]`. */
export function enqueue(store, queueName, calls, options = {}) {
  return withGator(store, queueName, async (gator) => {
    const onError = options.onError && tasks[options.onError]
    for (const [name, ...args] of calls)
      await gator.options({ ...options, onError }).task(tasks[name], ...args)
  })
}

/** Puts so many tasks on a queue that all fail, and lets a worker find that out. */
export function bury(store, queueName, count) {
  return withGator(store, queueName, async (gator) => {
    await gator.taskMany(
      tasks.fail,
      Array.from({ length: count }, () => []),
    )
    const silent = () => undefined
    const logger = { debug: silent, info: silent, warn: silent, error: silent }
    await new Worker(gator, { burst: true, logger }).runForever()
  })
}

/** A third each of waiting, delayed and dead tasks. */
export function enqueueThirds(store, count) {
  return withGator(store, 'all', async (gator) => {
    const third = Array.from({ length: count / 3 }, (_, number) => [number])
    await gator.taskMany(tasks.quick, third)
    const reason = { code: 'ERROR', message: 'died', at: 1, worker: 'test', attempt: 1 }
    const dead = await gator.backend.reserve([gator.queueName], { limit: third.length, lease: 60 })
    for (const delivery of dead) await gator.backend.bury(delivery, reason)
    await gator.options({ delayBy: '1h' }).taskMany(tasks.quick, third)
    await gator.taskMany(tasks.quick, third)
  })
}

/** Puts on a queue what may be no task. */
export function pushRaw(store, queueName, taskId, data) {
  return withGator(store, queueName, async (gator) => {
    await gator.backend.push(queueName, taskId, data)
  })
}

/** A batch under this id, with one member and one callback. */
export function openBatch(store, batchId) {
  return withGator(store, 'all', async ({ backend }) => {
    const done = { taskId: `${batchId}:done`, data: 'no task' }
    await backend.batches.open('all', { batchId, callbacks: { done } })
    await backend.pushMany('all', [{ taskId: 'member', data: 'no task', batch: batchId }])
    await backend.batches.close('all', batchId, 'full')
  })
}

/** Lets the store know of a worker: `{ "id": "one", "name": "a worker", … }`. */
export function announce(store, worker) {
  return withGator(store, 'all', async (gator) => {
    await gator.backend.directory.announce(worker, 60)
  })
}

/** Takes a task as a worker would, and lets the store know of that worker. */
export function hold(store, queueName, name) {
  return withGator(store, queueName, async ({ backend }) => {
    const [{ taskId }] = await backend.reserve([queueName], { limit: 1, lease: 60 })
    const since = Date.now() / 1000 - 12
    const tasks = [{ queue: queueName, taskId, name: 'tasks#quick', since }]
    const load = { concurrency: 3, running: 1, tasks, tasksComplete: 5 }
    await backend.directory.announce({ id: name, name, queues: [queueName], ...load, startedAt: since }, 60)
  })
}

/** Declares schedules. */
export function declare(store) {
  return withGator(store, 'all', async (gator) => {
    await gator.schedule('digest', '0 9 * * 1-5', { timeZone: 'Europe/Berlin' }).task(tasks.quick, 'daily')
    await gator.schedule('clean-up', { every: '5m' }).task(tasks.quick, 'all')
    await gator.schedule('month end', '0 0 L * *').task(tasks.quick, '\u001b[2J')
  })
}

/** Resolves once no lease lasts any more. */
export function leasesEnd(store, queueName) {
  return withGator(store, queueName, async (gator) => {
    for (let looks = 0; looks < 200; looks += 1) {
      const { running } = await gator.backend.counts(queueName)
      if (running === 0) return
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    throw new Error('Tasks are leased for longer than 10 s.')
  })
}

/** Fails where any table was made for this store. */
export async function expectNoTables(store) {
  const { Pool } = createRequire(import.meta.resolve('@alligator/postgres'))('pg')
  const { searchParams } = new URL(store)
  const pool = new Pool({ connectionString: store.split('?')[0] })
  const { rows } = await pool.query('SELECT relname FROM pg_class WHERE starts_with(relname, $1)', [
    searchParams.get('prefix'),
  ])
  await pool.end()
  if (rows.length > 0) throw new Error(`There is ${JSON.stringify(rows)}.`)
}

/** Fails where any key was made for this store. */
export async function expectNoKeys(store) {
  const { Redis } = createRequire(import.meta.resolve('@alligator/redis'))('ioredis')
  const { searchParams } = new URL(store)
  const redis = new Redis(store.split('?')[0])
  const keys = await redis.keys(`*${searchParams.get('prefix')}*`)
  redis.disconnect()
  if (keys.length > 0) throw new Error(`There is ${keys.join(', ')}.`)
}
