import { DuplicateTaskError, LocmemClient, type Payload, type PushItem, hasCode } from '@alligator/core'
import { type Fault, HISTORIES } from './fault.js'

/** A client that changes what is pushed. */
const pushing = (change: (item: PushItem) => PushItem) =>
  class extends LocmemClient {
    override async pushMany(queue: string, items: readonly PushItem[]) {
      return super.pushMany(queue, items.map(change))
    }
  }

const changingData = (change: (data: Payload) => Payload) =>
  pushing((item) => ({ ...item, data: change(item.data) }))
const text = (data: Payload) => (typeof data === 'string' ? data : Buffer.from(data).toString())

/** Faults of pushing, payloads and names. */
export const pushingFaults: readonly Fault[] = [
  {
    fault: 'hands delayed tasks out early',
    caughtBy: ['a delayed task is handed out once it is due, never early', HISTORIES],
    client: pushing(({ delayUntil, ...item }) => ({ ...item, delayUntil: delayUntil && delayUntil - 5 })),
  },
  {
    fault: 'rounds delays down to whole seconds',
    caughtBy: ['a delayed task is handed out once it is due, never early'],
    client: pushing(({ delayUntil, ...item }) => ({
      ...item,
      delayUntil: delayUntil && Math.floor(delayUntil),
    })),
  },
  {
    fault: 'hands delayed tasks out late',
    caughtBy: ['a delayed task is handed out once it is due, never early', HISTORIES],
    client: pushing(({ delayUntil, ...item }) => ({ ...item, delayUntil: delayUntil && delayUntil + 5 })),
  },
  {
    fault: 'forgets the delay',
    caughtBy: ['pushMany takes an empty batch, and delays of its own for each task', HISTORIES],
    client: pushing((item) => ({ ...item, delayUntil: undefined })),
  },
  {
    fault: 'turns bytes into text',
    caughtBy: ['every byte arrives as it was pushed', 'bytes that look like text arrives as it was pushed'],
    client: changingData(text),
  },
  {
    fault: 'turns text into bytes',
    caughtBy: ['a number arrives as it was pushed', HISTORIES],
    client: changingData((data) => Buffer.from(data)),
  },
  {
    fault: 'ends text at a NUL',
    caughtBy: ['a NUL character arrives as it was pushed'],
    client: changingData((data) => (typeof data === 'string' ? (data.split('\0')[0] ?? '') : data)),
  },
  {
    fault: 'cuts off what is too large',
    caughtBy: ['a payload may be as large as the store says, and no larger'],
    client: changingData((data) => data.slice(0, 65_535)),
  },
  {
    fault: 'keeps a window on the whole buffer',
    caughtBy: ['a part of a larger buffer arrives as it was pushed'],
    client: changingData((data) => (typeof data === 'string' ? data : new Uint8Array(data.buffer))),
  },
  {
    fault: 'stores bytes late',
    caughtBy: ['bytes that change after the push do not change the task'],
    client: class extends LocmemClient {
      override async push(queue: string, taskId: string, data: Payload, delayUntil?: number) {
        this.clock.timer(1, () => {})
        setImmediate(() => void super.push(queue, taskId, data, delayUntil).catch(() => {}))
        return taskId
      }
    },
  },
  {
    fault: 'loses the last of a batch',
    caughtBy: ['pushMany pushes a batch in its order', 'concurrent pushes lose nothing', HISTORIES],
    client: class extends LocmemClient {
      override async pushMany(queue: string, items: readonly PushItem[]) {
        await super.pushMany(queue, items.length > 1 ? items.slice(0, -1) : items)
        return items.map((item) => item.taskId)
      }
    },
  },
  {
    fault: 'pushes a batch backwards',
    caughtBy: ['pushMany pushes a batch in its order', HISTORIES],
    client: class extends LocmemClient {
      override async pushMany(queue: string, items: readonly PushItem[]) {
        return (await super.pushMany(queue, items.toReversed())).toReversed()
      }
    },
  },
  {
    fault: 'writes a part of a batch that is refused',
    caughtBy: ['a batch is written as a whole or not at all', HISTORIES],
    client: class extends LocmemClient {
      override async pushMany(queue: string, items: readonly PushItem[]) {
        for (const item of items) await super.pushMany(queue, [item])
        return items.map((item) => item.taskId)
      }
    },
  },
  {
    fault: 'keeps silent about a duplicate',
    caughtBy: [
      'another task with an id that is held is refused',
      'of two tasks with one id, one is written',
      HISTORIES,
    ],
    client: class extends LocmemClient {
      override async pushMany(queue: string, items: readonly PushItem[]) {
        return super.pushMany(queue, items).catch((error: unknown) => {
          if (!hasCode(error, 'DUPLICATE_TASK')) throw error
          return items.map((item) => item.taskId)
        })
      }
    },
  },
  {
    fault: 'refuses a command that is repeated',
    caughtBy: ['pushing the same task again changes nothing', HISTORIES],
    client: class extends LocmemClient {
      override async pushMany(queue: string, items: readonly PushItem[]) {
        const [held] = (
          await this.listing.find(
            queue,
            items.map((item) => item.taskId),
          )
        ).keys()
        if (held !== undefined) throw new DuplicateTaskError(held, queue)
        return super.pushMany(queue, items)
      }
    },
  },
  {
    fault: 'pushes out of order when it is not waited for',
    caughtBy: ['a client that does not wait for its pushes keeps their order'],
    client: class extends LocmemClient {
      #pushes = 0
      override async push(queue: string, taskId: string, data: Payload, delayUntil?: number) {
        this.#pushes += 1
        if (this.#pushes % 2 === 1) await new Promise((resolve) => setImmediate(resolve))
        return super.push(queue, taskId, data, delayUntil)
      }
    },
  },
  {
    fault: 'keeps of ids what is plain',
    caughtBy: [
      'any text is the name of a queue and of a task, or is refused',
      'whatever a queue and a task are called, each operation reaches them and nothing else',
    ],
    client: pushing((item) => ({ ...item, taskId: item.taskId.replaceAll(/[^\w-]/g, '_') })),
  },
  ...[
    {
      fault: 'takes queues for the same whose names differ in case',
      name: (queue: string) => queue.toLowerCase(),
    },
    { fault: 'takes spaces off the names of queues', name: (queue: string) => queue.replaceAll(' ', '') },
    { fault: 'shortens the names of queues', name: (queue: string) => queue.slice(0, 30) },
  ].map(({ fault, name }) => ({
    fault,
    caughtBy: ['queues are apart, whatever their names'],
    client: class extends LocmemClient {
      override async push(queue: string, taskId: string, data: Payload) {
        return super.push(name(queue), taskId, data)
      }
      override async pop(queue: string) {
        return super.pop(name(queue))
      }
    },
  })),
]
