import type { Client, Delivery, Payload } from '@alligator/core'
import { expectEqual } from '../expect.js'
import type { Need } from '../need.js'
import { type Scenario, proves } from '../scenario.js'
import { type Trial, facetOf, idsOf, payloadOf, plain } from '../trial.js'

const RESULTS: readonly Need[] = ['results', 'leases']
/** Seconds that no scenario outlives. */
const LONG = 600

/** Results may be any payload. */
const ODD: readonly Payload[] = [
  '',
  '{"result":"d\'oh \\u0000 日本 😀"}',
  '\0 \u0001 \u001b[2J',
  Uint8Array.of(0, 1, 251, 252, 253, 254, 255),
  new Uint8Array(0),
]

/** The result that a client finds. */
async function resultOf(
  client: Client,
  queue: string,
  taskId: string,
): Promise<string | number[] | undefined> {
  return plain((await facetOf(client, 'results').get(queue, [taskId])).get(taskId))
}

function byId([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1
}

/** Settles a delivery with its result; gives whether it was held. */
async function finish(
  { results }: Trial,
  delivery: Delivery,
  result: Payload,
  keepFor: number = LONG,
): Promise<boolean> {
  return (await results.ack([{ delivery, result, keepFor }])).length === 0
}

/** What tasks gave. */
export const results: readonly Scenario[] = [
  proves('a result is kept in the step that settles its task, for every client', RESULTS, async (trial) => {
    const queue = trial.queue()
    const [one = '', two = '', three = ''] = await trial.push(queue, ['one', 'two', 'three'])
    const taken = await trial.takeAll(queue)
    const finished = taken.slice(0, 2).map((delivery, at) => ({ delivery, result: `${at}`, keepFor: LONG }))
    expectEqual(await trial.results.ack(finished), [], 'what is held can be settled with its result')
    await trial.expectCounts(queue, { running: 1 }, 'and is gone from the queue')
    const other = facetOf(await trial.another(), 'results')
    const ids = idsOf(taken)
    const kept = await other.get(queue, [one, two, three, 'nobody'])
    const expected = [ids[0], ids[1]].map((id, at) => [id ?? '', `${at}`] as const)
    expectEqual(
      new Map([...kept].sort(byId)),
      new Map(expected.sort(byId)),
      'any client finds the results, and no others',
    )
    const again = finished.map((each) => ({ ...each, result: 'another' }))
    const lost = await trial.results.ack(again)
    expectEqual(lost.length, 2, 'what has been settled is not held any more')
    expectEqual(await resultOf(trial.client, queue, ids[0] ?? ''), '0', 'and its result stays as it is')
  }),

  proves('no result is kept of what is held no longer', RESULTS, async (trial) => {
    const { time } = trial
    const queue = trial.queue()
    const [one = ''] = await trial.push(queue, ['one'])
    const lapsed = await trial.takeOne(queue, 'a pushed task is handed out', { lease: 2 * time.unit })
    await time.reach(time.now() + 2 * time.unit)
    const held = await trial.takeOne(queue, 'what has lapsed is handed out again')
    expectEqual(await finish(trial, lapsed, 'late'), false, 'the former holder is told that it lost the task')
    expectEqual(await resultOf(trial.client, queue, one), undefined, 'and its result is not kept')
    await trial.client.release(held)
    expectEqual(await finish(trial, held, 'released'), false, 'what was released is held no longer')
    expectEqual(await resultOf(trial.client, queue, one), undefined, 'and has no result')
    await trial.expectCounts(queue, { waiting: 1 }, 'it waits')
  }),

  proves('a result is forgotten when its time is over, never early', RESULTS, async (trial) => {
    const { time } = trial
    const queue = trial.queue()
    await trial.push(queue, ['brief'])
    const brief = await trial.takeOne(queue, 'a pushed task is handed out')
    const least = time.now() + 2 * time.unit
    await finish(trial, brief, 'one', 2 * time.unit)
    const ended = time.now() + 2 * time.unit
    await time.before(least, async () => {
      const promise = 'it is there until its time is over'
      expectEqual(await resultOf(trial.client, queue, brief.taskId), 'one', promise)
    })
    await time.reach(ended)
    expectEqual(await resultOf(trial.client, queue, brief.taskId), undefined, 'then it is forgotten')
  }),

  proves('a later result takes the place of an earlier one', [...RESULTS, 'customIds'], async (trial) => {
    const { time } = trial
    const queue = trial.queue()
    await trial.push(queue, ['one'])
    await finish(trial, await trial.takeOne(queue, 'a pushed task is handed out'), 'one', 2 * time.unit)
    await trial.push(queue, ['one'])
    await finish(trial, await trial.takeOne(queue, 'its id can be pushed again'), 'two')
    await time.reach(time.now() + 2 * time.unit)
    expectEqual(await resultOf(trial.client, queue, 'one'), 'two', 'and has a time of its own')
  }),

  proves('a result may be any payload, of a task of any queue', RESULTS, async (trial) => {
    const queue = trial.queue()
    const other = trial.queue('other')
    const ids: string[] = []
    for (const [at, odd] of ODD.entries()) {
      ids.push(...(await trial.push(queue, [`task ${at}`])))
      await finish(trial, await trial.takeOne(queue, 'a pushed task is handed out'), odd)
    }
    const [first = ''] = ids
    const found: unknown[] = []
    for (const id of ids) found.push(await resultOf(trial.client, queue, id))
    expectEqual(found, ODD.map(plain), 'it comes back as it was kept')
    expectEqual(await resultOf(trial.client, other, first), undefined, 'for its own queue alone')
    await trial.client.dropAll(queue)
    expectEqual(await resultOf(trial.client, queue, first), '', 'to drop a queue leaves its results')
  }),

  proves(
    'whoever listens hears of each end, from any client',
    [...RESULTS, 'hearsOfCancels'],
    async (trial) => {
      const queue = trial.queue()
      const other = facetOf(await trial.another(), 'results')
      const [kept = ''] = await trial.push(queue, ['kept'])
      let hear: () => void = () => {}
      const heard = new Promise<void>((resolve) => (hear = resolve))
      const unlisten = other.onEnd((name, taskId) => {
        if (name === undefined || (name === queue && taskId === kept)) hear()
      })
      await finish(trial, await trial.takeOne(queue, 'a pushed task is handed out'), '42')
      await trial.time.soon(heard, 'it hears of a result')
      unlisten()
    },
  ),

  proves('a task that ends with a result leaves its key free', [...RESULTS, 'uniqueness'], async (trial) => {
    const queue = trial.queue()
    const unique = { key: 'a'.repeat(32), until: 'finished', onConflict: 'keep' } as const
    const item = (taskId: string) => ({ taskId, data: payloadOf(taskId), unique })
    await trial.uniqueness.push(queue, [item('one')])
    const delivery = await trial.takeOne(queue, 'a pushed task is handed out')
    await finish(trial, delivery, '42')
    const [placed] = await trial.uniqueness.push(queue, [item('two')])
    expectEqual(placed?.isDuplicate, false, 'another with its key can be pushed')
    expectEqual(await resultOf(trial.client, queue, delivery.taskId), '42', 'and the result is there')
  }),
]
