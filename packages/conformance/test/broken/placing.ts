import type { Placed, PushItem, UniqueKey } from '@alligator/core'
import { type Fault, HISTORIES, changing } from './fault.js'

type Keyed = PushItem & { readonly unique: UniqueKey }

/** A client that changes what is pushed with a key. */
const placing = (change: (item: Keyed) => PushItem) =>
  changing('uniqueness', (former) => ({
    push: (queue, items) =>
      former.push(
        queue,
        items.map((item) => (item.unique ? change(item as Keyed) : item)),
      ),
  }))

/** A client that changes what it tells. */
const telling = (change: (placed: Placed, item: PushItem) => Placed) =>
  changing('uniqueness', (former) => ({
    push: async (queue, items) => {
      const placed = await former.push(queue, items)
      return placed.map((each, at) => change(each, items[at] as PushItem))
    },
  }))

/** Faults of keys. */
export const placingFaults: readonly Fault[] = [
  {
    fault: 'heeds no key',
    caughtBy: [
      'a key is taken while its task waits or is delayed, and free once that has started',
      HISTORIES,
    ],
    client: placing(({ unique: _, ...item }) => item),
  },
  {
    fault: 'takes a key for good',
    caughtBy: [
      'a key is taken while its task waits or is delayed, and free once that has started',
      HISTORIES,
    ],
    client: placing((item) => ({ ...item, unique: { ...item.unique, for: 1e9 } })),
  },
  {
    fault: 'yields to what runs in any case',
    caughtBy: ['a task that is to be retried has its key, unless another has taken it', HISTORIES],
    client: placing((item) => ({ ...item, unique: { ...item.unique, until: 'finished' } })),
  },
  {
    fault: 'does not see what runs',
    caughtBy: ['with until finished a key is taken also while its task runs', HISTORIES],
    client: placing((item) => ({ ...item, unique: { ...item.unique, until: 'started' } })),
  },
  {
    fault: 'replaces nothing',
    caughtBy: ['what replaces a task that waits has its id, and is what runs', HISTORIES],
    client: placing((item) => ({
      ...item,
      unique: { ...item.unique, onConflict: item.unique.onConflict === 'throw' ? 'throw' : 'keep' },
    })),
  },
  {
    fault: 'refuses nobody for a key',
    caughtBy: ['with throw a call is refused as a whole', HISTORIES],
    client: placing((item) => ({
      ...item,
      unique: {
        ...item.unique,
        onConflict: item.unique.onConflict === 'throw' ? 'keep' : item.unique.onConflict,
      },
    })),
  },
  {
    fault: 'forgets the length of time',
    caughtBy: ['a key may be taken for a time, whatever becomes of its task', HISTORIES],
    client: placing((item) => ({ ...item, unique: { ...item.unique, for: undefined } })),
  },
  {
    fault: 'puts tasks off without end',
    caughtBy: ['a task that is put off again and again is due at the latest after a time', HISTORIES],
    client: placing((item) => ({ ...item, unique: { ...item.unique, atMost: undefined } })),
  },
  {
    fault: 'lets nothing stand beside what runs',
    caughtBy: ['a task that is to follow one that runs may stand beside it'],
    client: placing((item) => ({ ...item, unique: { ...item.unique, besides: undefined } })),
  },
  {
    fault: 'tells of an id that leads nowhere',
    caughtBy: ['of those who push a key in the same moment one succeeds', HISTORIES],
    client: telling((placed, { taskId }) => ({ ...placed, taskId })),
  },
  {
    fault: 'calls nothing a duplicate',
    caughtBy: ['of several with one key in a call the first is pushed, and others beside it', HISTORIES],
    client: telling((placed) => ({ ...placed, isDuplicate: false })),
  },
  {
    fault: 'pushes one after the other',
    caughtBy: ['with throw a call is refused as a whole'],
    client: changing('uniqueness', (former) => ({
      push: async (queue, items) => {
        const placed: Placed[] = []
        for (const item of items) placed.push(...(await former.push(queue, [item])))
        return placed
      },
    })),
  },
]
