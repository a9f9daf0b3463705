import { Lifecycle } from '@alligator/core/backend'

const CLOSED = expect.objectContaining({ code: 'CLOSED', message: expect.stringContaining('This client') })

/** A call that goes on until it is told to end. */
function pending(): { readonly promise: Promise<string>; readonly end: () => void } {
  let end: () => void = () => undefined
  const promise = new Promise<string>((resolve) => (end = () => resolve('done')))
  return { promise, end }
}

test('an open client makes calls, and gives what came of them', async () => {
  const life = new Lifecycle('This client')
  expect(await life.run(() => 'done')).toBe('done')
  await expect(life.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(() => life.check()).not.toThrow()
  expect([life.isOpen, life.isClosed, life.signal.aborted]).toEqual([true, false, false])
})

test('a client that closes refuses new calls, stops its waits, lets calls end and then disconnects', async () => {
  const life = new Lifecycle('This client')
  const [first, second] = [pending(), pending()]
  const order: string[] = []
  const calls = [first, second].map(({ promise }, at) =>
    life.run(async () => {
      await promise
      order.push(`call ${at}`)
    }),
  )
  const closing = life.close(
    () => void order.push(`stop, ${life.isOpen ? 'open' : 'closing'}`),
    () => void order.push(`disconnect, ${life.isClosed ? 'closed' : 'closing'}`),
  )
  expect(life.signal.aborted).toBe(true)
  expect(() => life.check()).toThrow(CLOSED)
  await expect(life.run(() => 'more')).rejects.toEqual(CLOSED)
  second.end()
  await calls[1]
  expect(life.isClosed).toBe(false)
  first.end()
  await closing
  expect(order).toEqual(['stop, closing', 'call 1', 'call 0', 'disconnect, closed'])
})

test('what begins while a client closes is waited for too', async () => {
  const life = new Lifecycle('This client')
  const last = pending()
  const ended: string[] = []
  life.begin()
  const closing = life
    .close(
      () => undefined,
      () => undefined,
    )
    .then(() => ended.push('closed'))
  life.begin()
  life.end()
  void last.promise.then(() => {
    ended.push('last call')
    life.end()
  })
  last.end()
  await closing
  expect(ended).toEqual(['last call', 'closed'])
})

test('closing twice disconnects once', async () => {
  const life = new Lifecycle('This client')
  const disconnect = jest.fn()
  const stop = jest.fn()
  await Promise.all([life.close(stop, disconnect), life.close(stop, disconnect)])
  await life.close(stop, disconnect)
  expect([stop.mock.calls.length, disconnect.mock.calls.length]).toEqual([1, 1])
})

test('what fails on the way is told to whoever closes', async () => {
  const life = new Lifecycle('This client')
  const fail = () => {
    throw new Error('stuck')
  }
  await expect(life.close(fail, () => undefined)).rejects.toThrow('stuck')
  expect(life.isOpen).toBe(false)
})

test('an answer is not needed any more once its caller has aborted, or the client closes', async () => {
  const [life, caller] = [new Lifecycle('This client'), new AbortController()]
  expect([life.isOver(undefined), life.isOver(caller.signal)]).toEqual([false, false])
  caller.abort()
  expect([life.isOver(undefined), life.isOver(caller.signal)]).toEqual([false, true])
  void life.close(
    () => undefined,
    () => undefined,
  )
  expect(life.isOver(undefined)).toBe(true)
})
