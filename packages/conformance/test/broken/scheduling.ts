import { type Fault, changing } from './fault.js'

/** Clients that keep schedules, badly. */
export const schedulingFaults: readonly Fault[] = [
  {
    fault: 'makes a tick for whoever asks',
    caughtBy: ['a tick moves its schedule and pushes its tasks, once'],
    client: changing('schedules', ({ tick, list }) => ({
      async tick(change) {
        const { schedules } = await list(change.queue, [change.id])
        return tick({ ...change, former: schedules[0]?.version ?? change.former })
      },
    })),
  },
  {
    fault: 'moves a schedule on and then forgets its tasks',
    caughtBy: [
      'a tick moves its schedule and pushes its tasks, once',
      'a tick wakes who waits for tasks',
      'a tick pushes as many tasks as there are, in their order',
    ],
    client: changing('schedules', ({ tick }) => ({ tick: (change) => tick({ ...change, items: [] }) })),
  },
  {
    fault: 'pushes the tasks of a tick and leaves the schedule where it is',
    caughtBy: ['a tick moves its schedule and pushes its tasks, once'],
    client: changing('schedules', (_, client) => ({
      async tick({ queue, items }) {
        await client.pushMany(queue, items)
        return 'ticked' as const
      },
    })),
  },
  {
    fault: 'makes a tick while the last task goes on',
    caughtBy: ['a tick is held while the queue has the task of the last one'],
    client: changing('schedules', ({ tick }) => ({
      tick: (change) => tick({ ...change, unless: undefined }),
    })),
  },
  {
    fault: 'does not tell when the next schedule is due',
    caughtBy: [
      'a schedule is due from its time on, until it is moved',
      'a worker that announces itself hears when the next schedule of its queues is due',
    ],
    client: changing('schedules', ({ due, announce }) => ({
      due: async (queues) => ({ ...(await due(queues)), next: undefined }),
      async announce(worker, ttl) {
        await announce(worker, ttl)
        return undefined
      },
    })),
  },
  {
    fault: 'keeps whatever is put last',
    caughtBy: ['only who knows the latest version of a schedule can change it'],
    client: changing('schedules', ({ put, list }) => ({
      async put(schedule) {
        const { schedules } = await list(schedule.queue, [schedule.id])
        return put(schedule, schedules[0]?.version)
      },
    })),
  },
  {
    fault: 'does not make a worker known that asks for schedules',
    caughtBy: ['a worker that announces itself hears when the next schedule of its queues is due'],
    client: changing('schedules', ({ announce }, { directory }) => ({
      async announce(worker, ttl) {
        const next = await announce(worker, ttl)
        await directory.retire(worker.id)
        return next
      },
    })),
  },
  {
    fault: 'tells nobody that a schedule was put',
    caughtBy: ['who listens hears that a schedule was put'],
    client: changing('schedules', () => ({ onPut: () => () => undefined })),
  },
]
