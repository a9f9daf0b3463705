// How far one queue goes on Redis, and how far several go on a cluster of three nodes: `node benchmarks/dist/esm/scale.js`. The figure that
// travels is what a task costs its server in CPU time: a second of one core divided by it is where that server ends, whatever machine
// this ran on.
import { fileURLToPath } from 'node:url'
import { Gator, Worker, silentLogger } from '@alligator/core'
import '@alligator/redis'
import { type Server, startRedis, startRedisCluster } from '@alligator/testbed'
import { numbers } from './measure.js'
import { store } from './stores/redis.js'
import type { Probe } from './stores/store.js'
import { visit } from './task.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const TASKS = 60_000
const BATCH = 1000
const QUEUES = 12

/** What each server has spent on a step, in microseconds. */
async function spent(nodes: readonly Probe[], step: () => Promise<unknown>): Promise<number[]> {
  const cpu = () => Promise.all(nodes.map((node) => node.serverCpu()))
  const before = await cpu()
  await step()
  const after = await cpu()
  return after.map((used, at) => used - (before[at] ?? 0))
}

async function fill(gators: readonly Gator[]): Promise<void> {
  const calls = numbers(BATCH).map((number): [number] => [number])
  for (let done = 0; done < TASKS; done += BATCH * gators.length)
    await Promise.all(gators.map((gator) => gator.taskMany(visit, calls)))
}

async function drain(gator: Gator, queues: readonly string[]): Promise<void> {
  await new Worker(gator, {
    toConsume: queues,
    concurrency: 10,
    burst: true,
    logger: silentLogger(),
  }).runForever()
}

/** Puts tasks on so many queues, and runs them; prints what each server has spent on a task. */
async function measure(title: string, dsn: string, servers: readonly Server[], count: number): Promise<void> {
  const nodes = servers.map(({ port }) => store.probe(`redis://127.0.0.1:${port}`))
  const queues = Array.from({ length: count }, (_, at) => `tenant ${at}`)
  const gators = queues.map((queueName) => new Gator(dsn, { root: ROOT, queueName }))
  const [first] = gators
  try {
    if (!first) return
    // Once to warm up.
    await fill(gators)
    await drain(first, queues)
    const pushes = await spent(nodes, () => fill(gators))
    const runs = await spent(nodes, () => drain(first, queues))
    const each = (costs: readonly number[]) => costs.map((cost) => (cost / TASKS).toFixed(2)).join(' + ')
    const busiest = Math.max(...nodes.map((_, at) => (pushes[at] ?? 0) + (runs[at] ?? 0))) / TASKS
    console.log(
      `${title}: pushed ${each(pushes)} µs, run ${each(runs)} µs a task; the busiest server ends at ${Math.round(1000 / busiest)} k tasks a second`,
    )
  } finally {
    await Promise.all([...nodes, ...gators].map((each) => each.close()))
  }
}

const alone = await startRedis()
await measure('One server, one queue', alone.dsn, [alone], 1)
await measure(`One server, ${QUEUES} queues`, alone.dsn, [alone], QUEUES)
await alone.close()
const cluster = await startRedisCluster()
const dsn = `redis://${cluster.map(({ port }) => `127.0.0.1:${port}`).join()}?cluster`
await measure(`Three nodes, ${QUEUES} queues`, dsn, cluster, QUEUES)
await Promise.all(cluster.map((node) => node.close()))
