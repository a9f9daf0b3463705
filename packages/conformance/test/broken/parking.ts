import { LocmemClient, type PushItem, hasCode } from '@alligator/core'
import { type Fault, HISTORIES, type LocmemClass, changing } from './fault.js'

/** A client that changes what is pushed. */
const pushing = (change: (item: PushItem) => PushItem): LocmemClass =>
  class extends LocmemClient {
    override pushMany(queue: string, items: readonly PushItem[]): Promise<string[]> {
      return super.pushMany(queue, items.map(change))
    }
  }

const PARKED = 'a task is parked until what it waits for has succeeded'
const BURIED = 'by a bury what waits for success is due, and what waits for the end only then'
const LISTED =
  'batches are listed a page at a time, those that go on and those that have ended, the last one first'
const SUCCESS = 'a batch ends in success with the last of its members'

/** Faults of what waits for others, and of batches. */
export const parkingFaults: readonly Fault[] = [
  {
    fault: 'parks nobody',
    caughtBy: [PARKED, 'tasks of one push may wait for one another, in whatever order', HISTORIES],
    client: pushing(({ after: _, ...item }) => item),
  },
  {
    fault: 'waits for the first one alone',
    caughtBy: [PARKED, HISTORIES],
    client: pushing((item) => ({
      ...item,
      after: item.after && { ...item.after, taskIds: item.after.taskIds.slice(0, 1) },
    })),
  },
  {
    fault: 'waits on when one has failed',
    caughtBy: [BURIED, HISTORIES],
    client: pushing((item) => ({ ...item, after: item.after && { ...item.after, inAnyCase: true } })),
  },
  {
    fault: 'makes due what waits for the end when one has failed',
    caughtBy: [BURIED, HISTORIES],
    client: pushing((item) => ({ ...item, after: item.after && { ...item.after, inAnyCase: false } })),
  },
  {
    fault: 'forgets the delay of what is parked',
    caughtBy: ['what waits for others and has a delay is due after both', HISTORIES],
    client: pushing((item) => (item.after ? { ...item, delayUntil: undefined } : item)),
  },
  {
    fault: 'lists the batches that have ended among the others',
    caughtBy: [LISTED],
    client: changing('batches', ({ list }) => ({
      async list(queue, _which, page) {
        const [open, ended] = [await list(queue, 'open', page), await list(queue, 'ended', page)]
        return { ...open, batches: [...open.batches, ...ended.batches] }
      },
    })),
  },
  {
    fault: 'lists the first batches first',
    caughtBy: [LISTED],
    client: changing('batches', ({ list }) => ({
      async list(queue, which) {
        return { batches: (await list(queue, which)).batches.toReversed() }
      },
    })),
  },
  {
    fault: 'does not tell what is waited for',
    caughtBy: [PARKED, SUCCESS],
    client: changing('dependents', () => ({ waitsFor: async () => new Map() })),
  },
  {
    fault: 'expedites what is parked',
    caughtBy: ['what is parked can be canceled, and neither be taken by its id nor made due', HISTORIES],
    client: changing('expediting', ({ expedite }, client) => ({
      async expedite(queue, taskId) {
        const isParked = (await client.dependents.waitsFor(queue, [taskId])).size > 0
        if (!isParked) return expedite(queue, taskId)
        const data = await client.byId.remove(queue, taskId)
        await client.push(queue, taskId, data ?? '')
        return true
      },
    })),
  },
  {
    fault: 'counts no members',
    caughtBy: [SUCCESS, 'a retry, a lapse and a repeated push are no end'],
    client: pushing(({ batch: _, ...item }) => item),
  },
  {
    fault: 'takes members when a batch is over',
    caughtBy: ['a batch that is over, canceled or was never made takes no members', HISTORIES],
    client: class extends LocmemClient {
      override async pushMany(queue: string, items: readonly PushItem[]): Promise<string[]> {
        try {
          return await super.pushMany(queue, items)
        } catch (error) {
          if (!hasCode(error, 'BATCH_OVER')) throw error
          return super.pushMany(
            queue,
            items.map(({ batch: _, ...item }) => item),
          )
        }
      }
    },
  },
  {
    fault: 'ends a batch before it is full',
    caughtBy: [SUCCESS, HISTORIES],
    client: changing('batches', ({ open, close }) => ({
      async open(queue, batch) {
        await open(queue, batch)
        await close(queue, batch.batchId, 'full')
      },
    })),
  },
  {
    fault: 'calls back for the other end',
    caughtBy: [SUCCESS, 'an empty batch ends when it is full', HISTORIES],
    client: changing('batches', ({ open }) => ({
      open(queue, { callbacks: { success, failure, ...others }, ...batch }) {
        const exchanged = { ...(failure && { success: failure }), ...(success && { failure: success }) }
        return open(queue, { ...batch, callbacks: { ...others, ...exchanged } })
      },
    })),
  },
  {
    fault: 'takes what is canceled for full',
    caughtBy: ['a batch that is over, canceled or was never made takes no members', HISTORIES],
    client: changing('batches', ({ close }) => ({
      close: (queue, batchId) => close(queue, batchId, 'full'),
    })),
  },
  {
    fault: 'lets an outer batch end before an inner one',
    caughtBy: ['a batch within a batch is a member until it ends'],
    client: changing('batches', ({ open }) => ({
      open: (queue, { parent: _, ...batch }) => open(queue, batch),
    })),
  },
  {
    fault: 'names no members',
    caughtBy: ['a batch within a batch is a member until it ends', HISTORIES],
    client: changing('batches', () => ({ members: async () => ({ taskIds: [], batchIds: [] }) })),
  },
]
