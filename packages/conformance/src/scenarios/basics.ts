import { expectEqual } from '../expect.js'
import { type Scenario, proves } from '../scenario.js'
import { idsOf, payloadOf } from '../trial.js'

const LONGEST_NAME = 255

/** Names that break careless quoting, patterns, paths and look-ups in objects. */
const HOSTILE_NAMES: readonly string[] = [
  `'; DROP TABLE alligator_tasks; --`,
  `"double" and 'single' \\ back`,
  '../../etc/passwd',
  'a*',
  'a?',
  'a%',
  'a_',
  'ab',
  'AB',
  'a b',
  ' a',
  'a:b',
  'a{b}',
  'a-dead',
  'line\r\nbreak',
  'tab\there',
  '__proto__',
  'constructor',
  'żółw 🐊 鳄鱼',
  '0',
]

/** Pushing, taking and counting: what the five methods of the smallest backend promise. */
export const basics: readonly Scenario[] = [
  proves('pop gives a pushed payload once', [], async (trial) => {
    const queue = trial.queue()
    await trial.push(queue, ['one'])
    expectEqual(await trial.client.pop(queue), payloadOf('one'), 'pop gives the payload that was pushed')
    expectEqual(await trial.client.pop(queue), undefined, 'pop gives undefined when nothing is due')
    await trial.expectCounts(queue, {}, 'pop leaves no trace of a task')
  }),

  proves('a delivery names its queue and its task', [], async (trial) => {
    const queue = trial.queue()
    const ids = await trial.push(queue, ['one'])
    const {
      queue: from,
      taskId,
      data,
      deliveries,
    } = await trial.takeOne(queue, 'a pushed task is handed out')
    const expected = { from: queue, taskId: ids[0], data: payloadOf('one'), deliveries: 1 }
    expectEqual(
      { from, taskId, data, deliveries },
      expected,
      'a delivery tells what was pushed, and that it is the first',
    )
  }),

  proves('push answers with the id of the task', ['customIds'], async (trial) => {
    expectEqual(
      await trial.push(trial.queue(), ['one', 'two']),
      ['one', 'two'],
      'a task keeps the id it is pushed with',
    )
  }),

  proves('tasks come out in the order of pushing', ['ordered'], async (trial) => {
    const queue = trial.queue()
    const names = Array.from({ length: 25 }, (_, number) => `task-${number}`)
    const ids = await trial.push(queue, names)
    expectEqual(idsOf(await trial.takeAll(queue)), ids, 'tasks are handed out in the order of pushing')
  }),

  proves('len counts the waiting and the delayed', ['exactCounts'], async (trial) => {
    const queue = trial.queue()
    expectEqual(await trial.client.len(queue), 0, 'an unknown queue is empty')
    await trial.push(queue, ['one', 'two'])
    await trial.push(queue, ['later'], trial.time.now() + 600)
    expectEqual(await trial.client.len(queue), 3, 'len counts due and delayed tasks')
    await trial.takeOne(queue, 'a pushed task is handed out')
    expectEqual(await trial.client.len(queue), 2, 'len does not count a task that runs')
  }),

  proves('queues are apart, whatever their names', ['anyQueueName'], async (trial) => {
    const long = 'n'.repeat(LONGEST_NAME - 1 - trial.queue('').length)
    const names = [...HOSTILE_NAMES, `${long}a`, `${long}b`]
    const queues = names.map((name) => trial.queue(name))
    for (const [number, queue] of queues.entries())
      await trial.client.push(queue, 'task', payloadOf(`task-${number}`))
    for (const [number, queue] of queues.entries()) {
      const taken = [await trial.client.pop(queue), await trial.client.pop(queue)]
      expectEqual(
        taken,
        [payloadOf(`task-${number}`), undefined],
        `queue ${JSON.stringify(queue)} holds its own tasks only`,
      )
    }
  }),

  proves('ids may be any text', [], async (trial) => {
    const queue = trial.queue()
    const long = 'i'.repeat(LONGEST_NAME - 1)
    const names = [...HOSTILE_NAMES, `${long}a`, `${long}b`]
    const ids: string[] = []
    for (const [number, name] of names.entries())
      ids.push(await trial.client.push(queue, name, payloadOf(`task-${number}`)))
    const [reachesById, ordered] = [trial.has('byId'), trial.has('ordered')]
    for (const [number, id] of ids.entries()) {
      const data = reachesById ? await trial.client.get(queue, id) : await trial.client.pop(queue)
      if (reachesById || ordered)
        expectEqual(data, payloadOf(`task-${number}`), `id ${JSON.stringify(id)} names its own task only`)
    }
    expectEqual(await trial.client.pop(queue), undefined, 'every id was handed out once')
  }),

  proves('dropAll empties one queue and no other', [], async (trial) => {
    const [dropped, kept] = [trial.queue('dropped'), trial.queue('kept')]
    for (const queue of [dropped, kept]) await trial.push(queue, ['one', 'two'])
    await trial.push(dropped, ['later'], trial.time.now() + 600)
    await trial.client.dropAll(dropped)
    expectEqual(await trial.client.pop(dropped), undefined, 'dropAll removes what waits')
    await trial.expectCounts(dropped, {}, 'dropAll removes what is delayed')
    expectEqual((await trial.client.pop(kept)) !== undefined, true, 'dropAll leaves other queues alone')
    await trial.client.dropAll(dropped)
  }),

  proves('dropAll removes running tasks and dead letters too', ['deadLetters', 'leases'], async (trial) => {
    const queue = trial.queue()
    await trial.bury(queue, 'dead')
    await trial.push(queue, ['running'])
    const delivery = await trial.takeOne(queue, 'a pushed task is handed out')
    await trial.client.dropAll(queue)
    await trial.expectCounts(queue, {}, 'dropAll removes a task in any state')
    expectEqual(await trial.deadLetters.kick(queue), 0, 'dropAll removes dead letters')
    expectEqual(
      idsOf(await trial.client.ack([delivery])),
      idsOf([delivery]),
      'a dropped task is no longer held',
    )
    expectEqual(await trial.client.release(delivery), false, 'a dropped task cannot be put back')
  }),

  proves('counts tells each state apart', ['leases', 'exactCounts'], async (trial) => {
    const queue = trial.queue()
    await trial.expectCounts(queue, {}, 'an unknown queue is empty')
    await trial.pushOneOfEach(queue)
    await trial.push(queue, ['waiting too'])
    await trial.expectCounts(
      queue,
      { waiting: 2, delayed: 1, running: 1, dead: 1 },
      'counts tells how many are in each state',
    )
    expectEqual(await trial.client.len(queue), 3, 'len is the waiting and the delayed')
  }),
]
