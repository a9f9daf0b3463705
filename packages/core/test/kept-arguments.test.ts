import { Gator, Task, Worker, registerTasks, silentLogger } from '../src/index.js'
import { listed } from './listed.js'

const seen: string[] = []

/** Works its list off, as functions do, and fails. */
function sendAll(addresses: string[], more: { left: number; self?: unknown }): never {
  seen.push(`${addresses.join()} ${more.left}`)
  while (addresses.length > 0) addresses.pop()
  more.left -= 1
  more.self = more
  throw new Error('the mail server is away')
}

function otherArguments(task: Task): void {
  task.funcArgs = [['other'], { left: 9 }]
}

/** A task class that stores in its own way. */
class ShoutingTask extends Task {
  override serialize(): Uint8Array {
    return Buffer.from(super.serialize() as string)
  }
}

beforeAll(() => registerTasks('kept', { sendAll, otherArguments }))
beforeEach(() => seen.splice(0))

async function workOff(gator: Gator): Promise<void> {
  await new Worker(gator, { burst: true, logger: silentLogger() }).runForever()
}

test.each([
  ['a task', {}],
  ['a signed task', { secret: 'x'.repeat(40) }],
  ['a task that is stored in its own way', { taskClass: ShoutingTask }],
])('each try has the arguments that were enqueued, and so has the dead letter: %s', async (_, options) => {
  await using gator = new Gator('locmem://', options)
  await gator.options({ retries: 2, backoff: 0 }).task(sendAll, ['a', 'b'], { left: 7 })
  await workOff(gator)
  expect(seen).toEqual(['a,b 7', 'a,b 7', 'a,b 7'])
  const [dead] = await listed(gator, 'dead')
  expect(dead?.reason).toMatchObject({ message: 'the mail server is away', attempt: 3 })
  const task = await gator.peek(dead?.data ?? '')
  expect(task).toMatchObject({ funcArgs: [['a', 'b'], { left: 7 }], retries: 0, attempt: 3 })
})

test('arguments that a hook has put in their place are meant for the next try', async () => {
  await using gator = new Gator('locmem://')
  const options = { retries: 1, backoff: 0, onError: otherArguments }
  await gator.options(options).task(sendAll, ['a'], { left: 1 })
  await workOff(gator)
  expect(seen).toEqual(['a 1', 'other 9'])
})

test('a task in hand keeps them for its retries too, here and on the queue', async () => {
  await using gator = new Gator('locmem://')
  const here = gator.options({ retries: 2, isAsync: false }).task(sendAll, ['a', 'b'], { left: 7 })
  await expect(here).rejects.toThrow('the mail server is away')
  const task = new Task({ retries: 1, backoff: 0 }).toCall(sendAll, ['c'], { left: 3 })
  await gator.execute(task)
  await workOff(gator)
  expect(seen).toEqual(['a,b 7', 'a,b 7', 'a,b 7', 'c 3', 'c 3'])
})
