import { CANCELED, Gator, Worker, currentTask, need, registerTasks, silentLogger } from '@alligator/core'
import { throughputOf } from '@alligator/core/inspect'
import { expectEqual, expectRefusal, expectSameNames } from './expect.js'
import type { Need, ProvenFacet } from './need.js'
import { type Trial, REASON, facetOf, idsOf } from './trial.js'

/**
 * What becomes of a scenario where the store lacks what it needs: without a facet, the engine refuses what is nothing without
 * it, and does all else; in a lesser quality, the store keeps the lesser promise.
 */
export const REFUSALS: Readonly<Record<Need, (trial: Trial) => Promise<void>>> = {
  leases: deliversAtMostOnce,
  waits: doesNotWait,
  ordered: deliversInAnyOrder,
  exactCounts: estimatesCounts,
  customIds: makesItsOwnIds,
  anyQueueName: refusesQueueNames,
  lateSettling: settlesNothingLate,
  hearsOfCancels: tellsOfCancelsWhenAsked,
  restartsDeliveries: countsReleases,
  byId: reachesNoTask,
  listing: showsNothing,
  deadLetters: keepsTheDead,
  cancellation: leavesWhatRuns,
  directory: knowsNoWorker,
  results: keepsNoResults,
  notes: keepsNoNotes,
  tallies: keepsNoFigures,
  renewal: worksByItself,
  schedules: keepsNoSchedules,
  transactions: pushesAtOnce,
  uniqueness: pushesWithoutKeys,
  migrations: hasNoTables,
  health: tellsNothing,
  state: keepsNoState,
  priorities: hasOneLevel,
  pausing: alwaysGoesOn,
  expediting: waitsForTheDelay,
}

function nothing(): void {}

/** The engine, on the trial's client: never closed, since that is the trial's to do. */
function gatorOn(trial: Trial): Gator {
  return new Gator(trial.client, { queueName: trial.queue() })
}

/** Sees that the engine refuses, and says what is missing and where to go for it. */
async function refuses(facet: ProvenFacet, operation: string, call: () => unknown): Promise<void> {
  const promise = `${operation} is refused where the client has no "${facet}", with the way out`
  const told = await expectRefusal('NOT_SUPPORTED', call, promise)
  expectEqual([told['operation'], told['missing']], [operation, facet], promise)
  expectEqual(/Use a store that has it: \w+/.test(String(told['message'])), true, promise)
}

async function reachesNoTask(trial: Trial): Promise<void> {
  const gator = gatorOn(trial)
  await refuses('byId', 'gator.runTask', () => gator.runTask('one'))
  if (!trial.has('cancellation')) await refuses('byId', 'gator.cancel', () => gator.cancel('one'))
}

async function showsNothing(trial: Trial): Promise<void> {
  const gator = gatorOn(trial)
  await refuses('listing', 'dependsOn', () => gator.options({ dependsOn: ['one'] }).task(nothing))
  expectEqual(await gator.pop(), undefined, 'what is refused is not on the queue')
}

async function keepsTheDead(trial: Trial): Promise<void> {
  const queue = trial.queue()
  await trial.push(queue, ['one'])
  const delivery = await trial.takeOne(queue, 'a pushed task is handed out')
  expectEqual(await trial.client.bury(delivery, REASON), true, 'bury takes what is held')
  expectEqual(await trial.take(queue), [], 'a dead letter is not handed out')
  await refuses('deadLetters', 'kick', () => need(trial.client, 'deadLetters', 'kick').kick(queue))
}

/** Without `cancellation` the engine takes what `byId` removes: all but what runs. */
async function leavesWhatRuns(trial: Trial): Promise<void> {
  if (!trial.has('byId')) return reachesNoTask(trial)
  const gator = gatorOn(trial)
  const [first = '', second = ''] = await trial.push(gator.queueName, ['one', 'two'])
  const running = await trial.takeOne(gator.queueName, 'a pushed task is handed out')
  const id = running.taskId === first ? second : first
  const promise = 'where what runs cannot be canceled, it is left alone'
  expectEqual(await gator.cancel(running.taskId), undefined, promise)
  expectEqual(await trial.client.ack([running]), [], promise)
  const canceled = await gator.cancel(id)
  const told = [canceled?.status, canceled?.wasRunning]
  expectEqual(told, [CANCELED, false], 'what waits is canceled all the same')
  await trial.expectCounts(gator.queueName, {}, 'what was canceled is off the queue')
}

async function knowsNoWorker(trial: Trial): Promise<void> {
  await refuses('directory', 'workers', () => need(trial.client, 'directory', 'workers').workers())
  const worker = new Worker(gatorOn(trial), { burst: true, logger: silentLogger() })
  await worker.runForever()
  expectEqual(worker.tasksComplete, 0, 'a worker works where nobody knows of it')
}

async function keepsNoFigures(trial: Trial): Promise<void> {
  const gator = gatorOn(trial)
  await refuses('tallies', 'figures', () => need(trial.client, 'tallies', 'figures').read(gator.queueName))
  expectEqual(
    await throughputOf(gator, gator.queueName),
    undefined,
    'whoever asks is told that they are not kept',
  )
  await trial.client.push(gator.queueName, 'one', 'no task at all')
  const worker = new Worker(gator, { burst: true, logger: silentLogger() })
  await worker.runForever()
  expectEqual(worker.tasksComplete, 1, 'a worker works where nobody counts')
}

async function worksByItself(trial: Trial): Promise<void> {
  const gator = gatorOn(trial)
  await trial.client.push(gator.queueName, 'one', 'no task at all')
  const worker = new Worker(gator, { burst: true, logger: silentLogger() })
  await worker.runForever()
  expectEqual(worker.tasksComplete, 1, 'a worker needs no thread to renew what it holds')
}

async function pushesAtOnce(trial: Trial): Promise<void> {
  const gator = gatorOn(trial)
  const inTransaction = () => gator.options({ transaction: {} }).task(nothing)
  await refuses('transactions', 'options({ transaction })', inTransaction)
  expectEqual(await gator.pop(), undefined, 'what is refused is not on the queue')
}

async function keepsNoResults(trial: Trial): Promise<void> {
  const gator = gatorOn(trial)
  const push = () => gator.options({ keepResult: '1h' }).task(nothing)
  await refuses('results', 'options({ keepResult })', push)
  await refuses('results', 'finished', () => gator.finished('one'))
  expectEqual(await gator.pop(), undefined, 'what is refused is not on the queue')
}

/** What a task tells is told to nobody; a step, which must not be made twice, is not made at all. */
async function keepsNoNotes(trial: Trial): Promise<void> {
  const gator = gatorOn(trial)
  registerTasks('conformance', { tellAndStep })
  await gator.task(tellAndStep)
  await refuses('notes', 'step', async () => {
    try {
      await gator.pop()
    } catch (error) {
      throw (error as Error).cause
    }
  })
}

async function tellAndStep(): Promise<void> {
  currentTask()?.progress(0.5, 'half of it')
  currentTask()?.log('told to nobody')
  await currentTask()?.step('one', () => {
    throw new Error('A step was made although nobody can keep it.')
  })
}

async function keepsNoState(trial: Trial): Promise<void> {
  await refuses('state', 'state', () => need(trial.client, 'state', 'state').get('key'))
}

async function pushesWithoutKeys(trial: Trial): Promise<void> {
  const gator = gatorOn(trial)
  const asked = { unique: true, debounce: { wait: 5 }, throttle: { every: 60 } }
  for (const [option, given] of Object.entries(asked)) {
    const push = () => gator.options({ [option]: given }).task(nothing)
    await refuses('uniqueness', `options({ ${option} })`, push)
  }
  expectEqual(await gator.pop(), undefined, 'what is refused is not on the queue')
}

async function keepsNoSchedules(trial: Trial): Promise<void> {
  const gator = gatorOn(trial)
  await refuses('schedules', 'gator.schedule', () => gator.schedule('digest', '@daily').task(nothing))
  await refuses('schedules', 'gator.schedules', () => gator.schedules())
  await refuses('schedules', 'gator.unschedule', () => gator.unschedule('digest'))
  const worker = new Worker(gator, { burst: true, logger: silentLogger() })
  await worker.runForever()
  expectEqual(worker.tasksComplete, 0, 'a worker works where there are no schedules')
}

async function hasNoTables(trial: Trial): Promise<void> {
  await refuses('migrations', 'migrate', () => need(trial.client, 'migrations', 'migrate').migrate())
}

async function tellsNothing(trial: Trial): Promise<void> {
  await refuses('health', 'doctor', () => need(trial.client, 'health', 'doctor').examine())
}

async function hasOneLevel(trial: Trial): Promise<void> {
  const gator = gatorOn(trial)
  const urgent = () => gator.options({ priority: 'high' }).task(nothing)
  await refuses('priorities', 'options({ priority })', urgent)
  expectEqual(await gator.pop(), undefined, 'what is refused is not on the queue')
  const strict = () => new Worker(gator, { priorities: 'strict' })
  await refuses('priorities', "new Worker(gator, { priorities: 'strict' })", strict)
}

async function alwaysGoesOn(trial: Trial): Promise<void> {
  const gator = gatorOn(trial)
  await refuses('pausing', 'gator.pause', () => gator.pause())
  await refuses('pausing', 'gator.resume', () => gator.resume())
  await refuses('pausing', 'gator.paused', () => gator.paused())
}

async function waitsForTheDelay(trial: Trial): Promise<void> {
  await refuses('expediting', 'gator.expedite', () => gatorOn(trial).expedite('one'))
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
  expectEqual(await client.bury(late, REASON), false, promise)
  trial.expectIds(await trial.takeAll(queue), ids, 'a late worker changes nothing')
}

async function tellsOfCancelsWhenAsked(trial: Trial): Promise<void> {
  const queue = trial.queue()
  const ids = await trial.push(queue, ['one'])
  const delivery = await trial.takeOne(queue, 'a pushed task is handed out')
  await facetOf(await trial.another(), 'cancellation').cancel(queue, delivery.taskId)
  const promise = 'extend tells what was canceled'
  expectEqual(idsOf(await trial.client.extend([delivery], trial.time.unit)), ids, promise)
}

async function countsReleases(trial: Trial): Promise<void> {
  const queue = trial.queue()
  const { freshDeliveries } = trial.client
  await trial.push(queue, ['one'])
  for (let release = 0; release < 5; release += 1) {
    const delivery = await trial.takeOne(queue, 'a released task is handed out again')
    const promise = `releases count for ${freshDeliveries} hand-outs at most, not for ${delivery.deliveries}`
    expectEqual(delivery.deliveries <= freshDeliveries, true, promise)
    expectEqual(await trial.client.release(delivery), true, 'release puts back what is held')
  }
}
