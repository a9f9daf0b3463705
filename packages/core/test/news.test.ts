import { News } from '@alligator/core/backend'
import { VirtualClock } from '@alligator/core/testing'

/** Follows a wait; `is` tells whether it has ended. */
async function over(wait: Promise<void>): Promise<() => boolean> {
  let isOver = false
  void wait.then(() => (isOver = true))
  await Promise.resolve()
  return () => isOver
}

const nothing = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('news ends a wait', async () => {
  const [clock, news] = [new VirtualClock(), new News()]
  news.look()
  const isOver = await over(news.wait(clock, 10, undefined))
  expect(isOver()).toBe(false)
  news.tell()
  await nothing()
  expect(isOver()).toBe(true)
})

test('news that comes between the look and the waiting is not missed', async () => {
  const [clock, news] = [new VirtualClock(), new News()]
  news.look()
  news.tell()
  await news.wait(clock, 10, undefined)
  news.look()
  const isOver = await over(news.wait(clock, 10, undefined))
  await nothing()
  expect(isOver()).toBe(false)
  news.tell()
})

test('without news a wait ends when its time is over', async () => {
  const [clock, news] = [new VirtualClock(), new News()]
  news.look()
  const isOver = await over(news.wait(clock, 10, undefined))
  await clock.advance(9)
  expect(isOver()).toBe(false)
  await clock.advance(1)
  expect(isOver()).toBe(true)
})

test('an abort ends a wait, and one that came before it begins', async () => {
  const [clock, news, caller] = [new VirtualClock(), new News(), new AbortController()]
  news.look()
  const isOver = await over(news.wait(clock, 10, caller.signal))
  expect(isOver()).toBe(false)
  caller.abort()
  await nothing()
  expect(isOver()).toBe(true)
  const again = await over(news.wait(clock, 10, caller.signal))
  await nothing()
  expect(again()).toBe(true)
})
