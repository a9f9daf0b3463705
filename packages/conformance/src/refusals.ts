import { expectEqual, expectRefusal, expectSameNames } from './expect.js'
import type { Need } from './need.js'
import { type Trial, REASON, idsOf, payloadOf, workerOf } from './trial.js'

/** What a client must do that declares a capability as `false`: refuse, or keep the lesser promise. */
export const REFUSALS: Readonly<Record<Need, (trial: Trial) => Promise<void>>> = {
  leases: deliversAtMostOnce,
  waits: doesNotWait,
  ordered: deliversInAnyOrder,
  exactCounts: estimatesCounts,
  customIds: makesItsOwnIds,
  anyQueueName: refusesQueueNames,
  lateSettling: settlesNothingLate,
  restartsDeliveries: countsReleasesOnce,
  reserveById: (trial) => refuses('reserveById', () => trial.take(trial.queue(), { taskId: 'one' })),
  remove: (trial) => refuses('remove', () => trial.client.remove(trial.queue(), 'one')),
  cancelRunning: leavesWhatRuns,
  find: (trial) => refuses('find', () => trial.client.find(trial.queue(), ['one'])),
  async list(trial) {
    await refuses('list', () => trial.client.list(trial.queue(), 'waiting'))
    await refuses('list', () => trial.client.queues())
  },
  async workers(trial) {
    await refuses('workers', () => trial.client.workers())
    // Every worker may say that it begins and ends, whatever its store makes of it.
    await trial.client.announce(workerOf('one'), trial.time.unit)
    await trial.client.retire('one')
  },
  async deadLetters(trial) {
    const queue = trial.queue()
    await trial.push(queue, ['one'])
    const delivery = await trial.takeOne(queue, 'a pushed task is handed out')
    await refuses('deadLetters', () => trial.client.bury(delivery, REASON))
    await refuses('deadLetters', () => trial.client.kick(queue))
  },
}

function refuses(need: Need, call: () => unknown): Promise<void> {
  return expectRefusal('NOT_SUPPORTED', call, `a client whose capabilities say "${need}: false" refuses it`)
}

async function deliversAtMostOnce(trial: Trial): Promise<void> {
  const queue = trial.queue()
  await trial.push(queue, ['one'])
  const delivery = await trial.takeOne(queue, 'a pushed task is handed out', { lease: trial.time.unit })
  expectEqual(delivery.deliveries, 1, 'without leases every hand-out is the first')
  expectEqual(delivery.receipt, '', 'without leases there is nothing to prove')
  expectEqual(
    await trial.client.extend([delivery], trial.time.unit),
    [],
    'without leases nothing is lost by extending',
  )
  // Real time would be waited for by every scenario that needs leases.
  if (trial.time.manual) await trial.time.reach(trial.time.now() + trial.time.unit)
  expectEqual(await trial.take(queue), [], 'without leases a task is handed out at most once')
  expectEqual(await trial.client.ack([delivery]), [], 'without leases nothing is lost by acknowledging')
  expectEqual(await trial.client.len(queue), 0, 'without leases a task is gone once it is handed out')
}

async function doesNotWait(trial: Trial): Promise<void> {
  const answer = trial.take(trial.queue(), { wait: trial.time.unit })
  const promise = 'a store that cannot wait answers at once'
  expectEqual(await trial.time.soon(answer, promise), [], promise)
}

async function leavesWhatRuns(trial: Trial): Promise<void> {
  const { remove, customIds, leases } = trial.capabilities
  const queue = trial.queue()
  if (!remove) return refuses('remove', () => trial.client.cancel(queue, 'one'))
  if (!customIds || !leases) return
  await trial.push(queue, ['one', 'two'])
  const delivery = await trial.takeOne(queue, 'a pushed task is handed out')
  const promise = 'a client that cannot cancel what runs leaves it alone'
  expectEqual(await trial.client.cancel(queue, 'one'), undefined, promise)
  expectEqual(await trial.client.ack([delivery]), [], promise)
  const { data, wasRunning } = (await trial.client.cancel(queue, 'two')) ?? {}
  expectEqual([data, wasRunning], [payloadOf('two'), false], 'cancel takes what waits, as remove does')
}

async function deliversInAnyOrder(trial: Trial): Promise<void> {
  const queue = trial.queue()
  const ids = await trial.push(queue, ['one', 'two', 'three'])
  trial.expectIds(await trial.takeAll(queue), ids, 'every task is handed out once, in whatever order')
}

async function estimatesCounts(trial: Trial): Promise<void> {
  const queue = trial.queue()
  await trial.push(queue, ['one', 'two'])
  const counts = { ...(await trial.client.counts(queue)), len: await trial.client.len(queue) }
  for (const [state, count] of Object.entries(counts)) {
    expectEqual(
      Number.isInteger(count) && count >= 0,
      true,
      `an estimate is still a number of tasks: ${state} ${count}`,
    )
  }
}

async function makesItsOwnIds(trial: Trial): Promise<void> {
  const queue = trial.queue()
  const ids = await trial.push(queue, ['one', 'one'])
  expectEqual(new Set(ids).size, 2, 'a store that makes its own ids gives each push another')
  expectSameNames(idsOf(await trial.takeAll(queue)), ids, 'a task is handed out under the id that push gave')
}

async function refusesQueueNames(trial: Trial): Promise<void> {
  const name = `${trial.queue()} ../'\r\n`
  const promise = 'a name that the store cannot have is refused'
  await expectRefusal('INVALID_OPTION', () => trial.client.push(name, 'one', 'one'), promise)
  await expectRefusal('INVALID_OPTION', () => trial.take(name), promise)
}

async function settlesNothingLate(trial: Trial): Promise<void> {
  const queue = trial.queue()
  const ids = await trial.push(queue, ['one'])
  const late = await trial.takeOne(queue, 'a pushed task is handed out', { lease: trial.time.unit })
  await trial.time.reach(trial.time.now() + trial.time.unit)
  const { client } = trial
  const promise = 'a worker whose lease has lapsed no longer holds the task'
  expectEqual(idsOf(await client.ack([late])), ids, promise)
  expectEqual(idsOf(await client.extend([late], trial.time.unit)), ids, promise)
  expectEqual(await client.release(late, { delayUntil: trial.time.now() + 600 }), false, promise)
  if (trial.capabilities.deadLetters) expectEqual(await client.bury(late, REASON), false, promise)
  trial.expectIds(await trial.takeAll(queue), ids, 'a late worker changes nothing')
}

async function countsReleasesOnce(trial: Trial): Promise<void> {
  const queue = trial.queue()
  await trial.push(queue, ['one'])
  for (let release = 0; release < 5; release += 1) {
    const delivery = await trial.takeOne(queue, 'a released task is handed out again')
    const promise = `releases count as one hand-out at most, not as ${delivery.deliveries}`
    expectEqual(delivery.deliveries <= 2, true, promise)
    expectEqual(await trial.client.release(delivery), true, 'release puts back what is held')
  }
}
