import { Gator } from '../src/index.js'
import { VirtualClock } from '../src/testing.js'
import { makeGate } from './gate.js'
import { observed, turn } from './observed.js'
import { add, calls, ignoreSignal, untilAborted } from './tasks.js'

beforeEach(() => calls.splice(0))

describe('a function that ignores its timeout', () => {
  test('goes on beside a retry: its result is discarded, and the end of it is told', async () => {
    const clock = new VirtualClock()
    await using gator = new Gator('locmem://', { clock })
    const gate = makeGate('deaf')
    await gator.options({ timeout: '5s', retries: 1, backoff: '1h' }).task(ignoreSignal, 'deaf')
    const { worker, events, types, next } = observed(gator, { concurrency: 1 })
    const timeout = next('task:timeout')
    const late = next('task:late')
    const ended = worker.runForever()
    await gate.reached
    await clock.advance('5s')
    await timeout
    expect(types().slice(2)).toEqual(['task:retry', 'task:timeout'])
    expect(events[2]).toMatchObject({ error: { code: 'TASK_TIMEOUT' } })
    // Its slot is free: another task runs beside it.
    const success = next('task:success')
    await gator.task(add, 1, 2)
    await success
    gate.open()
    await late
    expect(await gator.backend.counts('all')).toMatchObject({ delayed: 1, dead: 0 })
    worker.stop()
    await ended
    expect(types().filter((type) => type === 'task:success')).toHaveLength(1)
  })

  test('is no matter of its own when it heeds the signal', async () => {
    const clock = new VirtualClock()
    await using gator = new Gator('locmem://', { clock })
    await gator.options({ timeout: '5s' }).task(untilAborted)
    const { worker, types, next } = observed(gator)
    const dead = next('task:dead')
    const ended = worker.runForever()
    while (calls.length === 0) await turn()
    await clock.advance('5s')
    await dead
    await turn()
    worker.stop()
    await ended
    expect(types()).not.toContain('task:timeout')
  })

  test('so many of them that all together are twice the slots stop the worker from taking more, which it says', async () => {
    const clock = new VirtualClock()
    await using gator = new Gator('locmem://', { clock })
    const gate = makeGate('deaf')
    const { worker, next, events } = observed(gator, { concurrency: 1 })
    const stuck = next('worker:stuck')
    const late = next('task:late')
    const ended = worker.runForever()
    await gator.options({ timeout: '5s' }).taskMany(ignoreSignal, [['deaf'], ['deaf']])
    for (const time of [1, 2]) {
      while (events.filter(({ type }) => type === 'task:start').length < time) await turn()
      await clock.advance('5s')
    }
    expect(await stuck).toMatchObject({ running: 2 })
    await gator.task(add, 1, 2)
    await turn()
    expect(await gator.len()).toBe(1)
    const success = next('task:success')
    gate.open()
    await late
    await success
    worker.stop()
    await ended
  })
})
