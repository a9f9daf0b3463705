import { LocmemClient } from '@alligator/core'
import { type Fault, changing } from './fault.js'

const KEPT = 'a result is kept in the step that settles its task, for every client'
const HELD = 'no result is kept of what is held no longer'
const TIMES = 'a result is forgotten when its time is over, never early'
const ANY = 'a result may be any payload, of a task of any queue'
const HEARD = 'whoever listens hears of each end, from any client'
const KEYS = 'a task that ends with a result leaves its key free'
const STAYS = 'a note stays with its task, whatever becomes of that on its queue'
const GONE = 'a note is gone with its task, or is taken away by who ends it'
const HOLDER = 'nobody but who holds a task can put a note beside it'
const ANY_NOTE = 'a note may be any payload, beside a task of any kind'
const REPLACED = 'what takes the place of a task has not its note'
const SHOWN = 'one task is shown by its id, as a list shows it'

/** Notes that are kept apart from their tasks, and forgotten with none of them. */
function apart() {
  const kept = new Map<string, string | Uint8Array>()
  return changing('notes', ({ save }) => ({
    get: (_queue, taskId) => kept.get(taskId),
    save: async (delivery, note) => {
      const isHeld = await save(delivery, note)
      if (isHeld) kept.set(delivery.taskId, note)
      return isHeld
    },
  }))
}

/** Faults of results, of notes, and of what shows one task. */
export const answeringFaults: readonly Fault[] = [
  {
    fault: 'keeps results of what is held no longer',
    caughtBy: [KEPT, HELD],
    client: changing('results', ({ ack, get }) => {
      const kept = new Map<string, string | Uint8Array>()
      return {
        ack: (finished) => {
          for (const { delivery, result } of finished) kept.set(delivery.taskId, result)
          return ack(finished)
        },
        get: async (queue, taskIds) => {
          const found = await get(queue, taskIds)
          for (const id of taskIds) if (kept.has(id)) found.set(id, kept.get(id) ?? '')
          return found
        },
      }
    }),
  },
  {
    fault: 'keeps results and leaves their tasks running',
    caughtBy: [KEPT],
    client: changing('results', ({ ack }, client) => ({
      ack: async (finished) => {
        const lost = await ack(finished)
        await client.pushMany(
          finished[0]?.delivery.queue ?? '',
          finished.map(({ delivery: { taskId, data } }) => ({ taskId, data })),
        )
        return lost
      },
    })),
  },
  {
    fault: 'settles tasks and keeps no result',
    caughtBy: [KEPT, TIMES, ANY],
    client: changing('results', (_former, client) => ({
      ack: (finished) => client.ack(finished.map(({ delivery }) => delivery)),
    })),
  },
  {
    fault: 'keeps results for ever',
    caughtBy: [TIMES],
    client: changing('results', ({ ack }) => ({
      ack: (finished) => ack(finished.map((each) => ({ ...each, keepFor: 1e9 }))),
    })),
  },
  {
    fault: 'forgets results too early',
    caughtBy: [TIMES],
    client: changing('results', ({ ack }) => ({
      ack: (finished) => ack(finished.map((each) => ({ ...each, keepFor: each.keepFor / 2 }))),
    })),
  },
  {
    fault: 'keeps results by the ids of tasks alone, as text',
    caughtBy: [ANY],
    client: changing('results', ({ get }) => ({
      get: async (queue, taskIds) => {
        const found = await get(queue, taskIds)
        return new Map([...found].map(([id, result]) => [id, String(result)]))
      },
    })),
  },
  {
    fault: 'tells nobody of an end',
    caughtBy: [HEARD],
    client: changing('results', () => ({ onEnd: () => () => undefined })),
  },
  {
    fault: 'leaves the key of what ends with a result taken',
    caughtBy: [KEYS],
    client: changing('uniqueness', ({ push }) => {
      const keys = new Map<string, string>()
      return {
        push: async (queue, items) => {
          const [item] = items
          const taker = item?.unique && keys.get(item.unique.key)
          if (item && taker !== undefined) return [{ taskId: taker, isDuplicate: true }]
          if (item?.unique) keys.set(item.unique.key, item.taskId)
          return push(queue, items)
        },
      }
    }),
  },
  {
    fault: 'loses notes when tasks go back',
    caughtBy: [STAYS],
    client: class extends LocmemClient {
      override async release(...args: Parameters<LocmemClient['release']>) {
        await this.notes.save(args[0], '')
        return super.release(...args)
      }
    },
  },
  { fault: 'keeps notes of tasks that are gone', caughtBy: [GONE, REPLACED], client: apart() },
  {
    fault: 'keeps notes of whoever comes',
    caughtBy: [HOLDER],
    client: changing('notes', ({ get, save }) => {
      const kept = new Map<string, string | Uint8Array>()
      return {
        get: async (queue, taskId) => kept.get(taskId) ?? get(queue, taskId),
        save: async (delivery, note) => {
          kept.set(delivery.taskId, note)
          await save(delivery, note)
          return true
        },
      }
    }),
  },
  {
    fault: 'keeps notes as text',
    caughtBy: [ANY_NOTE],
    client: changing('notes', ({ save }) => ({ save: (delivery, note) => save(delivery, String(note)) })),
  },
  {
    fault: 'shows another state of one task than lists do',
    caughtBy: [SHOWN],
    client: changing('listing', ({ get }) => ({
      get: async (queue, taskId) => {
        const task = await get(queue, taskId)
        return task && { ...task, state: 'waiting' }
      },
    })),
  },
]
