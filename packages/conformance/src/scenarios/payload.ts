import type { Payload } from '@alligator/core'
import { expectEqual, expectRefusal } from '../expect.js'
import { type Scenario, proves } from '../scenario.js'
import { type Trial, REASON, plain } from '../trial.js'

/** As much as a task may hold where the store sets no limit of its own. */
const LARGE = 1024 * 1024

const EVERY_BYTE = Uint8Array.from({ length: 256 }, (_, byte) => byte)

const TEXTS: Readonly<Record<string, string>> = {
  'empty text': '',
  'a NUL character': 'before\0after',
  'line breaks and spaces': ' \r\n\ttext\n ',
  'text of many scripts': 'żółw 🐊 鳄鱼 التمساح\u2028\ufeff\uffff',
  'text that looks like bytes': '\u0000\u0001ÿþ',
  'text that looks like something else': '{"type":"Buffer","data":[1]}',
  'a number': '42',
}

const BYTES: Readonly<Record<string, Uint8Array>> = {
  'no bytes': new Uint8Array(),
  'every byte': EVERY_BYTE,
  'bytes that look like text': new TextEncoder().encode('{"task_id":"one"}'),
  'a part of a larger buffer': EVERY_BYTE.subarray(100, 110),
  'a Buffer': Buffer.from([0, 255, 10, 13]),
}

/** Pushes a payload, takes it, and compares. */
async function expectSame(trial: Trial, queue: string, what: string, data: Payload): Promise<void> {
  await trial.client.push(queue, what, data)
  const delivery = await trial.takeOne(queue, `a task with ${what} is handed out`)
  expectEqual(plain(delivery.data), plain(data), `${what} arrives as it was pushed`)
  await trial.client.ack([delivery])
}

/** What goes in comes out. */
export const payload: readonly Scenario[] = [
  ...Object.entries({ ...TEXTS, ...BYTES }).map(([what, data]) =>
    proves(`${what} arrives as it was pushed`, [], (trial) => expectSame(trial, trial.queue(), what, data)),
  ),

  proves('text and bytes keep their kind wherever they go', ['listing', 'byId', 'leases'], async (trial) => {
    const queue = trial.queue()
    for (const data of ['text', EVERY_BYTE]) {
      await trial.client.push(queue, 'one', 'other')
      const first = await trial.takeOne(queue, 'a pushed task is handed out')
      await trial.client.release(first, { data })
      const second = await trial.takeOne(queue, 'a released task is handed out again')
      await trial.client.bury(second, REASON)
      const [listed] = (await trial.listing.list(queue, 'dead')).tasks
      const removed = await trial.byId.remove(queue, first.taskId)
      const seen = [second.data, listed?.data, removed].map(plain)
      expectEqual(
        seen,
        [data, data, data].map(plain),
        'release, bury, list and remove keep a payload as it is',
      )
    }
  }),

  proves('the same bytes are the same task', ['leases', 'customIds'], async (trial) => {
    const queue = trial.queue()
    await trial.client.push(queue, 'one', EVERY_BYTE)
    await trial.client.push(queue, 'one', Buffer.from(EVERY_BYTE))
    await trial.expectCounts(queue, { waiting: 1 }, 'bytes that are equal may be pushed again')
    const push = () => trial.client.push(queue, 'one', EVERY_BYTE.toReversed())
    await expectRefusal('DUPLICATE_TASK', push, 'bytes that differ are another task')
  }),

  proves('bytes that change after the push do not change the task', [], async (trial) => {
    const queue = trial.queue()
    const bytes = new Uint8Array([1, 2, 3])
    await trial.client.push(queue, 'one', bytes)
    bytes.fill(9)
    const { data } = await trial.takeOne(queue, 'a pushed task is handed out')
    expectEqual(plain(data), [1, 2, 3], 'a store keeps the bytes that it was given when push resolved')
  }),

  proves('a payload may be as large as the store says, and no larger', [], async (trial) => {
    const queue = trial.queue()
    const { maxPayload } = trial.client
    const largest = Math.min(maxPayload, LARGE)
    await expectSame(trial, queue, 'the largest text', 'x'.repeat(largest))
    await expectSame(trial, queue, 'the largest bytes', new Uint8Array(largest).fill(7))
    if (!Number.isFinite(maxPayload)) return
    const push = () => trial.client.push(queue, 'more', 'x'.repeat(maxPayload + 1))
    await expectRefusal('PAYLOAD_TOO_LARGE', push, `a payload of more than ${maxPayload} bytes is refused`)
    expectEqual(await trial.take(queue), [], 'a payload that is refused is not written')
  }),
]
