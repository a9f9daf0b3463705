import { randomUUID } from 'node:crypto'
import { expectEqual, expectRefusal } from '../expect.js'
import { type Scenario, proves } from '../scenario.js'
import { facetOf } from '../trial.js'

/** Text is text, in a key as in a value. */
const ODD: readonly string[] = [
  `d'oh "%s" ]}{[*?\\ \0 \u001b[2J 日本 😀`,
  '{tag}',
  '}{',
  '%7B',
  '__proto__',
  ' ',
  String.raw`a\0b`,
  'é',
  'e\u0301',
  'A',
  'a',
]

/** A key that nobody else uses. */
function keyOf(label = 'key'): string {
  return `${randomUUID()} ${label}`
}

/** What is kept by name, beside the queues. */
export const state: readonly Scenario[] = [
  proves('what is put is kept, for every client, until it is deleted', ['state'], async (trial) => {
    const key = keyOf()
    const other = facetOf(await trial.another(), 'state')
    expectEqual(await trial.state.get(key), undefined, 'nothing is kept unless it is put')
    expectEqual(await trial.state.put(key, 'one'), true, 'a value is put')
    expectEqual(await other.get(key), 'one', 'any client reads it')
    expectEqual(await other.put(key, 'two'), true, 'any client puts another in its place')
    expectEqual(await trial.state.get(key), 'two', 'what was put last is kept')
    expectEqual(await other.delete(key), true, 'any client deletes it')
    expectEqual(await other.delete(key), false, 'what is not there cannot be deleted')
    expectEqual(await trial.state.get(key), undefined, 'what was deleted is not there')
  }),

  proves('a value is put, or deleted, only where what is kept is as expected', ['state'], async (trial) => {
    const key = keyOf()
    const { state: store } = trial
    expectEqual(await store.put(key, 'one', { ifValue: 'none' }), false, 'nothing is no value')
    expectEqual(
      await store.put(key, 'one', { ifValue: null }),
      true,
      'a first value is put where there is none',
    )
    expectEqual(await store.put(key, 'two', { ifValue: null }), false, 'and not where there is one')
    expectEqual(await store.put(key, 'two', { ifValue: 'ONE' }), false, 'another value is not as expected')
    expectEqual(await store.delete(key, 'two'), false, 'also for a delete')
    expectEqual(await store.get(key), 'one', 'what was refused changed nothing')
    expectEqual(await store.put(key, '', { ifValue: 'one' }), true, 'the right one is replaced')
    expectEqual(await store.get(key), '', 'a value may be empty')
    expectEqual(await store.put(key, 'three', { ifValue: null }), false, 'which is more than nothing')
    expectEqual(await store.put(key, 'three', { ifValue: '' }), true, 'and is replaced as any other')
    expectEqual(await store.delete(key, 'three'), true, 'the right one is deleted')
    expectEqual(
      await store.put(key, 'four', { ifValue: null }),
      true,
      'where something was deleted, nothing is',
    )
    await store.delete(key)
  }),

  proves('what has a time is forgotten when that is over, never early', ['state'], async (trial) => {
    const { time, state: store } = trial
    const [brief, renewed, lasting] = [keyOf('brief'), keyOf('renewed'), keyOf('lasting')]
    const least = time.now() + 2 * time.unit
    for (const key of [brief, renewed, lasting]) await store.put(key, 'one', { ttl: 2 * time.unit })
    const again = [
      await store.put(renewed, 'one', { ifValue: 'one', ttl: 600 }),
      await store.put(lasting, 'one'),
    ]
    expectEqual(again, [true, true], 'what has a time can be put again')
    const ended = time.now() + 2 * time.unit
    await time.before(least, async () => {
      expectEqual(await store.get(brief), 'one', 'it is there until its time is over')
      expectEqual(await store.put(brief, 'two', { ifValue: null }), false, 'and in the way')
    })
    await time.reach(ended)
    expectEqual(await store.get(brief), undefined, 'then it is forgotten')
    expectEqual(await store.put(brief, 'two', { ifValue: 'one' }), false, 'for all that is asked')
    expectEqual(await store.delete(brief), false, 'also a delete')
    expectEqual(await store.put(brief, 'two', { ifValue: null }), true, 'and its key is free')
    const promise = 'what was put again has the time, or none, that it was put with then'
    expectEqual([await store.get(renewed), await store.get(lasting)], ['one', 'one'], promise)
    for (const key of [brief, renewed, lasting]) await store.delete(key)
  }),

  proves('the store tells what time it is', ['state'], async ({ time, state: store }) => {
    const first = await store.now()
    expectEqual(Math.abs(first - time.now()) < 60, true, 'in Unix seconds')
    await time.reach(time.now() + time.unit)
    expectEqual((await store.now()) - first >= time.unit - 0.01, true, 'and it passes')
  }),

  proves('keys and values may be any text, and what is none is refused', ['state'], async (trial) => {
    const { state: store } = trial
    const base = keyOf('')
    for (const odd of ODD) await store.put(base + odd, odd, { ifValue: null })
    const kept: (string | undefined)[] = []
    for (const odd of ODD) kept.push(await store.get(base + odd))
    expectEqual(kept, ODD, 'each key has its own value')
    for (const odd of ODD)
      expectEqual(await store.put(base + odd, `${odd}!`, { ifValue: odd }), true, 'and is compared as it is')
    for (const odd of ODD) expectEqual(await store.delete(base + odd, `${odd}!`), true, 'and deleted')
    const long = 'x'.repeat(2 ** 20)
    const longest = base.padEnd(600, '日')
    await store.put(longest, long)
    expectEqual((await store.get(longest))?.length, long.length, 'a value may have a megabyte')
    expectEqual(await store.delete(longest, long), true, 'and a key 600 characters')
    const promise = 'what cannot be kept is refused'
    await expectRefusal('PAYLOAD_TOO_LARGE', () => store.put(base, `${long}x`), promise)
    for (const key of ['', 'x'.repeat(601), 'half \ud800'])
      await expectRefusal('INVALID_ARGUMENT', () => store.put(key, 'value'), promise)
    await expectRefusal('INVALID_ARGUMENT', () => store.put(base, 'half \ud800'), promise)
    for (const ttl of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
      await expectRefusal('INVALID_OPTION', () => store.put(base, 'value', { ttl }), promise)
    expectEqual(await store.get(base), undefined, 'and not kept')
  }),

  proves('of many who put at once where nothing is, one does', ['state'], async (trial) => {
    const clients = [trial.client, await trial.another(), await trial.another()]
    for (let round = 0; round < 5; round += 1) {
      const key = keyOf()
      const values = Array.from({ length: 12 }, (_, at) => `value ${at}`)
      const puts = values.map((value, at) =>
        facetOf(clients[at % 3] ?? trial.client, 'state').put(key, value, { ifValue: null, ttl: 600 }),
      )
      const done = await Promise.all(puts)
      expectEqual(done.filter(Boolean).length, 1, 'one of them is told that it did')
      expectEqual(await trial.state.get(key), values[done.indexOf(true)], 'and its value is kept')
      const deletes = clients.map((client) => facetOf(client, 'state').delete(key))
      expectEqual((await Promise.all(deletes)).filter(Boolean).length, 1, 'and one deletes it')
    }
  }),

  proves('counting by compare-and-set loses nothing, and counts nothing twice', ['state'], async (trial) => {
    const key = keyOf()
    const clients = [trial.client, await trial.another(), await trial.another()]
    const count = async (at: number) => {
      const store = facetOf(clients[at % 3] ?? trial.client, 'state')
      for (;;) {
        const value = await store.get(key)
        const next = String(Number(value ?? 0) + 1)
        if (await store.put(key, next, { ifValue: value ?? null })) return
      }
    }
    await Promise.all(Array.from({ length: 12 }, (_, at) => count(at)))
    expectEqual(await trial.state.get(key), '12', 'each has counted once')
    await trial.state.delete(key)
  }),

  proves('what is kept by name is no queue, and no task', ['state', 'listing'], async (trial) => {
    const queue = trial.queue()
    await trial.state.put(queue, 'value')
    expectEqual(trial.own(await trial.listing.queues()), [], 'a key is no queue')
    await trial.push(queue, ['one'])
    await trial.expectCounts(queue, { waiting: 1 }, 'and no task')
    await trial.client.dropAll(queue)
    expectEqual(await trial.state.get(queue), 'value', 'to drop a queue takes nothing else')
    await trial.state.delete(queue)
  }),
]
