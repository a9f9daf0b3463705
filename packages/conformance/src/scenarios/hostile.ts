import { type Client, Gator, Worker, hasCode, registerTasks, silentLogger } from '@alligator/core'
import fc from 'fast-check'
import { expectEqual } from '../expect.js'
import { TARGET, hostilePayloads } from '../hostile-payloads.js'
import { type Scenario, proves } from '../scenario.js'
import { REASON, type Trial, payloadOf, plain } from '../trial.js'

/** How many random names are tried. */
const NAMES = 40
const LONGEST_NAME = 255

/** What means something to a store, a shell, a path or a URL. */
const SPECIAL: readonly string[] = [
  ...`'"\`\\;-*?[](){}|<>$%&#@!:/ .,~^_=+`.split(''),
  ...[
    '\0',
    '\r\n',
    '\n',
    '\t',
    '\u2028',
    '\ud800',
    '\udc00',
    '\ufeff',
    '🐊',
    '..',
    '--',
    '%00',
    '%2F',
    '{}',
    '}{',
  ],
  ...[
    "' OR 1=1 --",
    "'); DROP TABLE tasks; --",
    '"]; return redis.call("flushall")',
    'delete 1\r\n',
    '__proto__',
  ],
]

const name = fc
  .array(fc.oneof(fc.constantFrom(...SPECIAL), fc.string({ unit: 'binary', maxLength: 4 })), {
    minLength: 1,
    maxLength: 12,
  })
  .map((parts) => parts.join(''))
  .filter((text) => text !== '' && text.length <= LONGEST_NAME / 2)

const touched: string[] = []

/** What hostile tasks aim at, and an honest one calls. */
function touch(by: string): void {
  touched.push(by)
}

/** What somebody may write who wishes ill, and what a queue and a task may be called. */
export const hostile: readonly Scenario[] = [
  proves('a worker buries what is no task, runs none of it, and goes on', ['deadLetters'], async (trial) => {
    const queue = trial.queue()
    const before = Object.getOwnPropertyNames(Object.prototype)
    let taken = 0
    for (const [what, data] of hostilePayloads())
      if (await isTaken(() => trial.client.push(queue, what, data))) taken += 1
    await trial.client.push(queue, 'honest', payloadOf('honest', { ...TARGET }))
    touched.splice(0)
    await workOff(trial.client, queue)
    expectEqual(touched, ['honest'], 'of all payloads only the honest one is run')
    expectEqual(Object.getOwnPropertyNames(Object.prototype), before, 'no payload changes Object.prototype')
    expectEqual(await trial.deadLetters.kick(queue), taken, 'what cannot be run is a dead letter')
  }),

  proves('any text is the name of a queue and of a task, or is refused', [], async (trial) => {
    const bystander = trial.queue('bystander')
    await trial.push(bystander, ['bystander'])
    const property = fc.asyncProperty(name, name, (queue, id) => expectOwnTask(trial, queue, id))
    await fc.assert(property, { numRuns: NAMES, includeErrorInReport: true })
    const { data } = await trial.takeOne(bystander, 'no name touches another queue')
    expectEqual(data, payloadOf('bystander'), 'no name changes another task')
  }),

  proves(
    'whatever a queue and a task are called, each operation reaches them and nothing else',
    ['byId', 'listing', 'deadLetters', 'leases'],
    async (trial) => {
      const bystander = trial.queue('bystander')
      const [id = ''] = await trial.push(bystander, ['bystander'])
      const property = fc.asyncProperty(name, name, (queue, named) => expectReached(trial, queue, named))
      await fc.assert(property, { numRuns: NAMES / 2, includeErrorInReport: true })
      const states = await trial.listing.find(bystander, [id])
      expectEqual([...states], [[id, 'waiting']], 'no name reaches another task')
      expectEqual(trial.own(await trial.listing.queues()), [bystander], 'no name leaves anything behind')
    },
  ),
]

async function workOff(client: Client, queue: string): Promise<void> {
  registerTasks(TARGET.module, { touch })
  // Without the gator's `close`, for the client is the trial's.
  const gator = new Gator(client, { queueName: queue })
  await new Worker(gator, { burst: true, logger: silentLogger() }).runForever()
}

/** Pushes a task under such names, and takes just that one; or sees them refused. */
async function expectOwnTask(trial: Trial, queueName: string, id: string): Promise<void> {
  const [anyQueueName, customIds] = [trial.has('anyQueueName'), trial.has('customIds')]
  const queue = trial.queue('') + (anyQueueName ? queueName : '')
  if (!(await isTaken(() => trial.client.push(queue, id, payloadOf(id))))) {
    await isTaken(() => trial.client.byId?.reserve(queue, id, 600))
    return
  }
  const { taskId, data, ...delivery } = await trial.takeOne(queue, 'a pushed task is handed out')
  const names = { queue: delivery.queue, taskId: customIds ? taskId : id, data: plain(data) }
  expectEqual(names, { queue, taskId: id, data: payloadOf(id) }, 'names arrive as they were given')
  const held = await trial.client.ack([{ taskId, data, ...delivery }])
  expectEqual(held, [], 'a task is acknowledged under its own names')
}

/** Takes a task under such names through all that can be done to it; or sees them refused. */
async function expectReached(trial: Trial, queueName: string, given: string): Promise<void> {
  const { byId, client, deadLetters, listing } = trial
  const [anyQueueName, customIds] = [trial.has('anyQueueName'), trial.has('customIds')]
  const queue = trial.queue('') + (anyQueueName ? queueName : '')
  let id = given
  const push = async () => (id = await client.push(queue, given, payloadOf(given)))
  if (!(await isTaken(push))) return
  if (customIds) expectEqual(id, given, 'a task keeps its id')
  const take = async () => {
    const delivery = await byId.reserve(queue, id, 600)
    if (!delivery) throw new Error(`a task is handed out by its id ${JSON.stringify(id)}`)
    return delivery
  }
  expectEqual([...(await listing.find(queue, [id]))], [[id, 'waiting']], 'a task is found')
  expectEqual(await client.release(await take(), { data: queueName }), true, 'a task is released')
  const reason = { ...REASON, message: given }
  expectEqual(await client.bury(await take(), reason), true, 'a task is buried')
  const { tasks } = await listing.list(queue, 'dead')
  const dead = tasks.map(({ taskId, reason: why }) => [taskId, why?.message])
  expectEqual(dead, [[id, given]], 'a dead letter is listed, with its reason')
  expectEqual(trial.own(await listing.queues()).includes(queue), true, 'a queue is listed')
  expectEqual(await deadLetters.kick(queue, [id]), 1, 'a dead letter is kicked')
  expectEqual(plain((await byId.remove(queue, id)) ?? ''), queueName, 'a task is removed')
  expectEqual((await listing.find(queue, [id])).size, 0, 'what was removed is gone')
}

/** `false` for what a store refuses to keep, saying so. */
async function isTaken(call: () => unknown): Promise<boolean> {
  try {
    await call()
    return true
  } catch (error) {
    if (hasCode(error, 'INVALID_OPTION', 'INVALID_ARGUMENT', 'NOT_SUPPORTED')) return false
    throw error
  }
}
