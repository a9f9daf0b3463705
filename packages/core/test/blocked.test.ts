import { randomUUID } from 'node:crypto'
import { until } from '@alligator/testbed'
import { Gator } from '../src/index.js'
import { observed } from './observed.js'
import { calls, compute, computeAndEnqueue, gates, waitAtGate } from './tasks.js'

const LEASE = 0.3
/** Milliseconds of computing, in which a lease lapses four times. */
const LONG = 1200

beforeEach(() => calls.splice(0))

/** A gate that counts who comes to it, and lets all of them go on at once. */
function countingGate(name: string) {
  let open: () => void = () => undefined
  let arrive: () => void = () => undefined
  const arrived = new Promise<void>((resolve) => (arrive = resolve))
  const go = new Promise<void>((resolve) => (open = resolve))
  const gate = { arrivals: 0, arrived, open }
  const started = () => {
    gate.arrivals += 1
    arrive()
  }
  gates.set(name, { started, go })
  return gate
}

const timesRun = (line: string) => calls.filter((call) => call === line).length

describe('a function that keeps the event loop for four leases', () => {
  test('runs once, and so do those beside it, although their worker asks for more at once', async () => {
    await using gator = new Gator('locmem://')
    const gate = countingGate('neighbour')
    const { worker, types, next } = observed(gator, { lease: LEASE })
    const ended = worker.runForever()
    await gator.task(waitAtGate, 'neighbour')
    await gate.arrived
    const blocked = next('worker:blocked')
    await gator.taskMany(compute, [[LONG]])
    expect(await blocked).toMatchObject({ lease: LEASE, kept: true })
    gate.open()
    worker.stop()
    await ended
    expect(gate.arrivals).toBe(1)
    expect(types().filter((type) => type === 'task:success')).toHaveLength(2)
    expect(types().filter((type) => /^task:(lost|released)/.test(type))).toEqual([])
  })

  test('gives what is beside it to no other worker of the process, although they wait and are woken first', async () => {
    const dsn = `locmem://${randomUUID()}`
    await using gator = new Gator(dsn)
    await using other = new Gator(dsn)
    const gate = countingGate('neighbour')
    // The first takes both; the others wait within the store, and are woken by what the function enqueues.
    const first = observed(gator, { lease: LEASE, concurrency: 2 })
    const working = [first.worker.runForever()]
    await gator.task(waitAtGate, 'neighbour')
    await gate.arrived
    const waiting = [gator, other].map((of) => observed(of, { lease: LEASE }))
    const all = [first, ...waiting]
    working.push(...waiting.map(({ worker }) => worker.runForever()))
    await gator.task(computeAndEnqueue, LONG, dsn)
    await until(() => timesRun('add 1 2') > 0)
    gate.open()
    await until(
      () => all.flatMap(({ types }) => types()).filter((type) => type === 'task:success').length === 3,
    )
    for (const { worker } of all) worker.stop()
    await Promise.all(working)
    expect(gate.arrivals).toBe(1)
    expect(timesRun('compute and enqueue')).toBe(1)
    expect(timesRun('add 1 2')).toBe(1)
    const events = all.flatMap(({ types }) => types())
    expect(events.filter((type) => /^task:(lost|released)/.test(type))).toEqual([])
    expect(await gator.backend.counts('all')).toEqual({ waiting: 0, delayed: 0, running: 0, dead: 0 })
  })
})
