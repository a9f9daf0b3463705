import { Gator, Worker, registerTasks, silentLogger, currentTask } from '@alligator/core'
import '@alligator/redis'; import '@alligator/sqlite'; import '@alligator/postgres'
import { Task } from '@alligator/core'
const [dsn, what, n = '100000'] = process.argv.slice(2)
let count = 0, calls = 0, last
export function noop() { count += 1 }
export function end() { calls += 1; last = performance.now() }
registerTasks('tmp', { noop, end })
const gator = new Gator(dsn, { queueName: 'q' + Date.now() })
const work = async (until, concurrency = 50) => {
  const worker = new Worker(gator, { concurrency, logger: silentLogger(), napTime: 0.1 })
  const running = worker.runForever()
  while (!until()) await new Promise((r) => setTimeout(r, 2))
  await worker.stop?.()
  return running
}
if (what === 'chain') {
  const tasks = []
  for (let i = 0; i < 200; i++) tasks.push(new Task({ dependsOn: i ? tasks[i - 1] : undefined }).toCall(noop))
  await gator.pushMany(tasks)
  const t = performance.now(); let done
  void work(() => count === 200 && ((done ??= performance.now()), true), 1)
  while (count < 200) await new Promise((r) => setTimeout(r, 1))
  console.log(dsn.slice(0, 6), 'chain of 200:', Math.round(performance.now() - t), 'ms')
}
if (what === 'behind') {
  const first = await gator.options({ delayBy: 3600 }).task(noop)
  const t0 = performance.now()
  await gator.options({ dependsOn: first }).taskMany(noop, Array.from({ length: +n }, () => []))
  console.log(dsn.slice(0, 6), n, 'behind one, pushed in', Math.round(performance.now() - t0), 'ms')
  const d = await gator.backend.byId.reserve(gator.queueName, first.taskId, 60)
  const t1 = performance.now(); await gator.backend.ack([d])
  console.log('  released in', Math.round(performance.now() - t1), 'ms')
  const t2 = performance.now()
  void work(() => count >= +n)
  while (count < +n) await new Promise((r) => setTimeout(r, 1))
  console.log('  ran in', Math.round(performance.now() - t2), 'ms')
}
if (what === 'batch' || what === 'plain') {
  const lists = Array.from({ length: +n }, () => [])
  const rss = process.memoryUsage().rss
  const t = performance.now()
  if (what === 'batch') await gator.batch({ onSuccess: [end] }, (b) => b.taskMany(noop, lists))
  else { for (let at = 0; at < +n; at += 1000) await gator.taskMany(noop, lists.slice(at, at + 1000)) ; await gator.options({priority:'lowest'}).task(end) }
  console.log(dsn.slice(0, 6), what, n, 'pushed in', Math.round(performance.now() - t), 'ms; memory +', Math.round((process.memoryUsage().rss - rss) / 1e6), 'MB')
  const t1 = performance.now()
  void work(() => calls > 0)
  while (!calls) await new Promise((r) => setTimeout(r, 5))
  await new Promise((r) => setTimeout(r, 300))
  console.log('  ran in', Math.round(last - t1), 'ms', count, 'calls', calls)
}
process.exit(0)
