import { Gator, Worker, type WorkerOptions, need, silentLogger } from '../src/index.js'
import { VirtualClock } from '../src/testing.js'
import { makeGate } from './gate.js'
import { calls, deaths, killer, waitAtGate } from './tasks.js'

const LEASE = 30

beforeEach(() => calls.splice(0))

function quiet(gator: Gator, options: WorkerOptions = {}): Worker {
  return new Worker(gator, { logger: silentLogger(), lease: LEASE, ...options })
}

/** Lets a queue's first tasks be handed out to somebody who never settles them. */
async function lose(gator: Gator, clock: VirtualClock, limit: number): Promise<void> {
  await gator.backend.reserve(['all'], { limit, lease: LEASE })
  await clock.advance(LEASE + 1)
}

function names(count: number): [string][] {
  return Array.from({ length: count }, (_, index) => [`task ${index}`])
}

test('what was handed out and never settled runs alone, and in its order', async () => {
  const clock = new VirtualClock()
  await using gator = new Gator('locmem://', { clock })
  await gator.taskMany(waitAtGate, names(5))
  await lose(gator, clock, 3)
  const worker = quiet(gator, { burst: true })
  const gate = makeGate('task 1')
  const ended = worker.runForever()
  await gate.reached
  // What was taken with the suspects and is none ran before them. Nothing runs beside the second suspect, and nothing is held.
  expect(calls).toEqual(['waitAtGate task 3', 'waitAtGate task 4', 'waitAtGate task 0'])
  expect(await gator.backend.counts('all')).toMatchObject({ running: 1, waiting: 1 })
  gate.open()
  await ended
  expect(calls.slice(2)).toEqual(['waitAtGate task 0', 'waitAtGate task 1', 'waitAtGate task 2'])
})

test('what runs may end before it, and nothing new is taken meanwhile', async () => {
  const clock = new VirtualClock()
  await using gator = new Gator('locmem://', { clock })
  const gate = makeGate('long')
  const worker = quiet(gator, { concurrency: 3 })
  await gator.task(waitAtGate, 'suspect')
  await lose(gator, clock, 1)
  // It stands before them in the line, so it is taken with them: first those that are fresh.
  await gator.taskMany(waitAtGate, [['long'], ['short'], ['later']])
  const ended = worker.runForever()
  await gate.reached
  while (!calls.includes('waitAtGate short')) await new Promise((resolve) => setImmediate(resolve))
  for (let turns = 0; turns < 10; turns += 1) await new Promise((resolve) => setImmediate(resolve))
  expect(calls).toEqual(['waitAtGate short'])
  expect(await gator.backend.counts('all')).toMatchObject({ running: 2, waiting: 1 })
  gate.open()
  while (calls.length < 4) await new Promise((resolve) => setImmediate(resolve))
  expect(calls.slice(1)).toEqual(['waitAtGate long', 'waitAtGate suspect', 'waitAtGate later'])
  worker.stop()
  await ended
})

test('a worker that is told to stop gives back the one that waits to be alone, and it stays a suspect', async () => {
  const clock = new VirtualClock()
  await using gator = new Gator('locmem://', { clock })
  const gate = makeGate('long')
  await gator.task(waitAtGate, 'suspect')
  await lose(gator, clock, 1)
  await gator.task(waitAtGate, 'long')
  const worker = quiet(gator)
  const ended = worker.runForever()
  await gate.reached
  worker.stop()
  while ((await gator.backend.counts('all')).waiting < 1)
    await new Promise((resolve) => setImmediate(resolve))
  gate.open()
  await ended
  const [delivery] = await gator.backend.reserve(['all'], { lease: LEASE })
  expect(delivery?.deliveries).toBe(2)
})

test('one that kills its worker is the only dead letter, among 200 innocent ones on two workers', async () => {
  const clock = new VirtualClock()
  await using gator = new Gator('locmem://poison', { clock })
  const innocent = names(200)
  await gator.taskMany(waitAtGate, innocent.slice(0, 77))
  const { taskId } = await gator.task(killer)
  await gator.taskMany(waitAtGate, innocent.slice(77))
  const succeeded = new Set<string>()
  let kills = 0
  for (let round = 0; round < 12; round += 1) {
    await Promise.all(
      [1, 2].map(async () => {
        const own = new Gator('locmem://poison', { clock })
        const worker = quiet(own, { concurrency: 50, burst: true })
        worker.on('task:success', ({ delivery }) => succeeded.add(delivery.taskId))
        const killed = new Promise<void>((resolve) => {
          deaths.set(own.context, () => {
            kills += 1
            // From here on nothing that it holds is renewed or settled.
            void own.close()
            resolve()
          })
        })
        await Promise.race([worker.runForever(), killed])
        await own.close()
      }),
    )
    await clock.advance(LEASE + 1)
  }
  expect(await gator.backend.counts('all')).toEqual({ waiting: 0, delayed: 0, running: 0, dead: 1 })
  const { tasks } = await need(gator.backend, 'listing', 'this test').list('all', 'dead')
  expect(tasks).toMatchObject([{ taskId, reason: { code: 'TOO_MANY_DELIVERIES' } }])
  expect(succeeded.size).toBe(200)
  expect(kills).toBe(5)
})
