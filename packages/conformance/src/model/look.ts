import type { Batches, Client, Listing, StoredState, StoredTask } from '@alligator/core'
import { expectEqual, expectSameNames } from '../expect.js'
import type { Trial } from '../trial.js'
import { type Moment, statesOf } from './model-task.js'
import type { QueueModel } from './queue-model.js'

const STATES: readonly StoredState[] = ['waiting', 'delayed', 'running', 'dead']
/** Tasks a page, so few that listings have several. */
const PAGE = 3

/** Compares all that a store shows of its queues with the model. */
export async function look(model: QueueModel, client: Client, trial: Trial, at: Moment): Promise<void> {
  const { exactCounts, listing, batches } = client
  for (const queue of model.names) {
    if (exactCounts) await lookAtCounts(model, client, queue, at)
    if (listing) await lookAtStates(model, listing, queue, at)
    if (listing) await lookAtListings(model, listing, queue, at)
    if (batches) await lookAtBatches(model, batches, queue, at)
  }
  if (!listing) return
  const holding = model.names.filter((queue) => model.tasks(queue).length > 0)
  expectEqual(trial.own(await listing.queues()), holding, 'queues names those that hold anything')
}

async function lookAtBatches(
  model: QueueModel,
  batches: Batches,
  queue: string,
  { now }: Moment,
): Promise<void> {
  await model.batches.look(queue, now, {
    find: async (batchId) => batches.find(queue, batchId),
    members: async (batchId) => batches.members(queue, batchId),
  })
}

async function lookAtCounts(model: QueueModel, client: Client, queue: string, at: Moment): Promise<void> {
  const counts = await client.counts(queue)
  const possible = model.tasks(queue).map((task) => statesOf(task, at))
  for (const state of STATES) {
    const least = possible.filter((states) => states.length === 1 && states[0] === state).length
    const most = possible.filter((states) => states.includes(state)).length
    const promise = `counts tells how many are ${state}: ${least === most ? least : `${least} to ${most}`}, not ${counts[state]}`
    expectEqual(counts[state] >= least && counts[state] <= most, true, promise)
  }
  const total = STATES.reduce((sum, state) => sum + counts[state], 0)
  expectEqual(total, possible.length, 'counts counts every task once')
  expectEqual(await client.len(queue), counts.waiting + counts.delayed, 'len is the waiting and the delayed')
}

async function lookAtStates(model: QueueModel, listing: Listing, queue: string, at: Moment): Promise<void> {
  const ids = model.ids(queue)
  const found = await listing.find(queue, [...ids, 'unknown'])
  expectSameNames([...found.keys()], ids, 'find knows the tasks that a queue holds, and no others')
  for (const task of model.tasks(queue)) {
    const state = found.get(task.id)
    const states = statesOf(task, at)
    expectEqual(
      state && states.includes(state),
      true,
      `find tells that ${task.id} is ${states.join(' or ')}, not ${state}`,
    )
  }
}

async function lookAtListings(model: QueueModel, listing: Listing, queue: string, at: Moment): Promise<void> {
  const listed: StoredTask[] = []
  for (const state of STATES)
    listed.push(...(await listAll(listing, queue, state, model.tasks(queue).length)))
  const ids = listed.map((task) => task.taskId)
  expectSameNames(ids, model.ids(queue), 'list shows every task in one state')
  for (const { taskId, state, data } of listed) {
    const task = model.task(queue, taskId)
    expectEqual(task && statesOf(task, at).includes(state), true, `list does not show ${taskId} as ${state}`)
    expectEqual(data, task?.data, 'list shows the payload that a task was given last')
  }
}

async function listAll(
  listing: Listing,
  queue: string,
  state: StoredState,
  most: number,
): Promise<StoredTask[]> {
  const tasks: StoredTask[] = []
  let after: string | undefined
  do {
    const page = await listing.list(queue, state, { limit: PAGE, after })
    tasks.push(...page.tasks)
    after = page.next
  } while (after !== undefined && tasks.length <= most)
  return tasks
}
