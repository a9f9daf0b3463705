import { expectEqual, expectRefusal } from '../expect.js'
import { type Scenario, proves } from '../scenario.js'
import { idsOf, payloadOf } from '../trial.js'

const FIFTY_YEARS = 50 * 365 * 86_400

/** Seconds by which a store may find a client's clock behind, and do nothing about it. */
const CLOCK_TOLERANCE = 1

/** Late, never early. */
export const delay: readonly Scenario[] = [
  proves('a delayed task is handed out once it is due, never early', [], async (trial) => {
    const queue = trial.queue()
    // A fraction, so that a store with whole seconds shows which way it rounds.
    const due = trial.time.now() + trial.time.unit + 0.4
    const ids = await trial.push(queue, ['later'], due)
    await trial.time.before(due, async () =>
      expectEqual(await trial.take(queue), [], 'a delayed task is not handed out early'),
    )
    await trial.time.reach(due)
    trial.expectIds(await trial.takeAll(queue), ids, 'a delayed task is handed out once it is due')
  }),

  proves('a task is delayed until it is due, then waiting', ['leases', 'exactCounts'], async (trial) => {
    const queue = trial.queue()
    const due = trial.time.now() + trial.time.unit
    await trial.push(queue, ['later'], due)
    const promise = 'a task that is not due counts as delayed'
    await trial.time.before(due, () => trial.expectCounts(queue, { delayed: 1 }, promise))
    await trial.time.reach(due)
    await trial.expectCounts(queue, { waiting: 1 }, 'a delayed task that is due counts as waiting')
  }),

  proves('a delay into the past is none', [], async (trial) => {
    const queue = trial.queue()
    const ids = await trial.push(queue, ['one'], trial.time.now() - 60)
    trial.expectIds(
      await trial.take(queue),
      ids,
      'a task whose time has come before it was pushed is due at once',
    )
  }),

  proves('a due task does not overtake those that wait already', ['ordered', 'leases'], async (trial) => {
    const queue = trial.queue()
    const due = trial.time.now() + trial.time.unit
    const delayed = await trial.push(queue, ['delayed'], due)
    const waiting = await trial.push(queue, ['one', 'two'])
    await trial.time.reach(due)
    const promise = 'a delayed task joins the tail of the queue when it falls due'
    expectEqual(idsOf(await trial.takeAll(queue)), [...waiting, ...delayed], promise)
  }),

  proves(
    'tasks that fall due in the same moment join the queue in the order of their pushes',
    ['ordered', 'leases', 'customIds'],
    async (trial) => {
      let [queue, due, longest] = ['', 0, 0]
      const pushed: string[] = []
      // Where the pushes take longer than the delay, the last tasks are due at once, which proves nothing: a longer one is needed.
      // Neither does one that took so long that the store may take the clock of its client for one that is behind.
      for (let units = 1; trial.time.now() >= due || longest >= CLOCK_TOLERANCE; units *= 2) {
        queue = trial.queue(`due-after-${units}`)
        due = trial.time.now() + units * trial.time.unit
        pushed.length = 0
        longest = 0
        // In no order of their names: stores tend to sort by these.
        for (const ids of [['m', 'z', 'a'], ['Z'], ['b', '0', 'y']]) {
          const begin = trial.time.now()
          pushed.push(...(await trial.push(queue, ids, due)))
          longest = Math.max(longest, trial.time.now() - begin)
        }
      }
      await trial.time.reach(due)
      const promise = 'what is due in the same moment is handed out as it was pushed'
      expectEqual(idsOf(await trial.takeAll(queue)), pushed, promise)
    },
  ),

  proves('tasks join the queue in the order in which they fall due', ['ordered', 'leases'], async (trial) => {
    const queue = trial.queue()
    const start = trial.time.now()
    const second = await trial.push(queue, ['second'], start + 2 * trial.time.unit)
    const first = await trial.push(queue, ['first'], start + trial.time.unit)
    await trial.time.reach(start + 2 * trial.time.unit)
    expectEqual(
      idsOf(await trial.takeAll(queue)),
      [...first, ...second],
      'what falls due first is handed out first',
    )
  }),

  proves('a due task is not starved by new ones', [], async (trial) => {
    const queue = trial.queue()
    const due = trial.time.now() + trial.time.unit
    const [delayed] = await trial.push(queue, ['delayed'], due)
    await trial.push(queue, ['old-1', 'old-2', 'old-3'])
    await trial.time.reach(due)
    const seen: string[] = []
    for (let round = 0; round < 10; round += 1) {
      await trial.push(queue, [`new-${round}`])
      const delivery = await trial.takeOne(queue, 'a queue that holds due tasks hands one out')
      await trial.client.ack([delivery])
      seen.push(delivery.taskId)
    }
    expectEqual(
      delayed !== undefined && seen.includes(delayed),
      true,
      'a due task gets its turn although new ones keep coming',
    )
  }),

  proves('a long delay is kept, and one that is too long refused', [], async (trial) => {
    const queue = trial.queue()
    const { maxDelay } = trial.client
    const now = trial.time.now()
    await trial.push(queue, ['later'], now + Math.min(FIFTY_YEARS, maxDelay - 1))
    expectEqual(await trial.take(queue), [], 'a task with a long delay is not handed out early')
    await trial.expectCounts(queue, { delayed: 1 }, 'a task with a long delay is kept')
    if (!Number.isFinite(maxDelay)) return
    const push = () => trial.client.push(queue, 'never', payloadOf('never'), now + maxDelay + 60)
    await expectRefusal('DELAY_TOO_LONG', push, `a delay of more than ${maxDelay} s is refused`)
  }),
]
