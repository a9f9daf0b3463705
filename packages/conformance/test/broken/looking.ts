import {
  type Counts,
  type Finding,
  type Health,
  LocmemClient,
  type Page,
  type PageRequest,
} from '@alligator/core'
import { type Fault, HISTORIES, changing } from './fault.js'

/** A client that tells other counts than it has. */
const counting = (change: (counts: Counts) => Counts) =>
  class extends LocmemClient {
    override async counts(queue: string) {
      return change(await super.counts(queue))
    }
  }

/** A client that changes what it lists. */
const listing = (change: (page: Page, request: PageRequest) => Page) =>
  changing('listing', ({ list }) => ({
    list: async (queue, state, request = {}) => change(await list(queue, state, request), request),
  }))

/** A client that finds this of its store. */
const finding = (...findings: readonly Finding[]) =>
  class extends LocmemClient {
    override readonly health: Health = { examine: () => findings }
  }
const EXAMINED = 'a store that is examined tells what it looked at, and changes nothing'

/** Faults of counts, list, find and queues, and of what a store tells of itself. */
export const lookingFaults: readonly Fault[] = [
  {
    fault: 'begins at the start where a page follows none',
    caughtBy: ['a page that follows none is refused'],
    client: changing('listing', ({ list }) => ({
      list: async (queue, state, { limit, after = '' } = {}) =>
        list(queue, state, /^\d+$/.test(after) ? { limit, after } : { limit }),
    })),
  },
  { fault: 'looks at nothing', caughtBy: [EXAMINED], client: finding() },
  {
    fault: 'finds something bad and gives no way out',
    caughtBy: [EXAMINED],
    client: finding({ check: 'disk', isWell: false, found: 'it is full' }),
  },
  {
    fault: 'counts delayed tasks as waiting',
    caughtBy: ['counts tells each state apart', 'a task is delayed until it is due, then waiting', HISTORIES],
    client: counting(({ waiting, delayed, ...rest }) => ({
      ...rest,
      waiting: waiting + delayed,
      delayed: 0,
    })),
  },
  {
    fault: 'counts one too many',
    caughtBy: ['counts tells each state apart', 'len counts the waiting and the delayed', HISTORIES],
    client: counting((counts) => ({ ...counts, waiting: counts.waiting + 1 })),
  },
  {
    fault: 'does not count what runs',
    caughtBy: [
      'counts tells each state apart',
      'a task that is handed out is held by nobody else',
      HISTORIES,
    ],
    client: counting((counts) => ({ ...counts, running: 0 })),
  },
  {
    fault: 'lists newest first',
    caughtBy: ['list gives pages, oldest first, and every task once'],
    client: listing(({ tasks, next }) => ({ tasks: tasks.toReversed(), next })),
  },
  {
    fault: 'lists one page only',
    caughtBy: ['list gives pages, oldest first, and every task once', HISTORIES],
    client: listing(({ tasks }) => ({ tasks })),
  },
  {
    fault: 'always has a next page',
    caughtBy: ['list shows the tasks of one state', 'list gives pages, oldest first, and every task once'],
    client: listing(({ tasks, next }, { after }) => ({ tasks, next: next ?? after ?? '0' })),
  },
  {
    fault: 'does not list reasons',
    caughtBy: ['a dead letter keeps its payload and its reason', 'list shows the tasks of one state'],
    client: listing(({ tasks, next }) => ({
      tasks: tasks.map((task) => ({ ...task, reason: undefined })),
      next,
    })),
  },
  {
    fault: 'finds what it does not hold',
    caughtBy: ['find gives the state of what is held', HISTORIES],
    client: changing('listing', ({ find }) => ({
      async find(queue, taskIds) {
        const found = await find(queue, taskIds)
        return new Map(taskIds.map((id) => [id, found.get(id) ?? 'waiting']))
      },
    })),
  },
  {
    fault: 'names queues in any order',
    caughtBy: ['queues names those that hold anything, sorted', HISTORIES],
    client: changing('listing', ({ queues }) => ({ queues: async () => (await queues()).toReversed() })),
  },
  {
    fault: 'keeps workers apart by their names',
    caughtBy: ['a worker that announces itself is known, as it describes itself'],
    client: changing('directory', ({ announce }) => ({
      announce: (worker, ttl) => announce({ ...worker, id: worker.name }, ttl),
    })),
  },
  {
    fault: 'never forgets a worker',
    caughtBy: ['a worker is known for as long as it said, unless it says so again'],
    client: changing('directory', ({ announce }) => ({ announce: (worker) => announce(worker, 1e9) })),
  },
  {
    fault: 'does not hear that a worker retires',
    caughtBy: ['a worker that retires is known no longer'],
    client: changing('directory', () => ({ async retire() {} })),
  },
  {
    fault: 'keeps only what was told last',
    caughtBy: ['what workers tell of a queue adds up, by its minutes and its hours'],
    client: changing('tallies', ({ read }) => ({
      read: async (queue) => {
        const kept = await read(queue)
        return {
          ...kept,
          minutes: kept.minutes.map((span) => ({ ...span, success: Math.min(span.success, 3) })),
        }
      },
    })),
  },
  {
    fault: 'counts whole minutes from when it was told',
    caughtBy: ['each span begins at a whole minute or hour, the first one first'],
    client: changing('tallies', ({ read }) => ({
      read: async (queue) => {
        const kept = await read(queue)
        return { ...kept, minutes: kept.minutes.map((span) => ({ ...span, start: span.start + 1 })) }
      },
    })),
  },
  {
    fault: 'tells of a queue for ever',
    caughtBy: [
      'what was told is forgotten after its hour, and after its day',
      'queues are told apart by their names, whatever these are',
    ],
    client: changing('tallies', ({ add }) => {
      const names = new Set<string>()
      return {
        async add(queue, tally) {
          names.add(queue)
          await add(queue, tally)
        },
        queues: async () => [...names].toReversed(),
      }
    }),
  },
  {
    fault: 'drops the figures with the queue',
    caughtBy: ['figures and tasks do not touch each other'],
    client: class extends LocmemClient {
      override async dropAll(queue: string) {
        await super.dropAll(queue)
        Object.assign(this.tallies, { read: () => ({ now: this.clock.now(), minutes: [], hours: [] }) })
      }
    },
  },
  {
    fault: 'makes a queue of what was told',
    caughtBy: ['figures and tasks do not touch each other'],
    client: changing('listing', ({ queues }, client) => ({
      queues: async () => [...new Set([...(await queues()), ...(await client.tallies.queues())])].sort(),
    })),
  },
  {
    fault: 'leaves a task behind when it looks',
    caughtBy: ['looking changes nothing', HISTORIES],
    client: changing('listing', ({ find }, client) => ({
      async find(queue, taskIds) {
        await client.push(queue, 'looked', 'looked')
        return find(queue, taskIds)
      },
    })),
  },
]
