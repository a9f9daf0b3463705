import type { Client, Delivery, Payload, PushItem } from '@alligator/core'
import { expectEqual } from '../expect.js'
import type { Need } from '../need.js'
import { type Scenario, proves } from '../scenario.js'
import { type Trial, REASON, facetOf, payloadOf, plain } from '../trial.js'

const NOTES: readonly Need[] = ['notes', 'leases']

/** The note that a client finds. */
async function noteOf(client: Client, queue: string, taskId: string): Promise<string | number[] | undefined> {
  return plain(await facetOf(client, 'notes').get(queue, taskId))
}

/** Pushes a task, takes it and puts a note beside it. */
async function takeNoted(trial: Trial, queue: string, id: string, note: Payload = `note of ${id}`) {
  await trial.push(queue, [id])
  const delivery = await trial.takeOne(queue, 'a pushed task is handed out')
  expectEqual(await trial.notes.save(delivery, note), true, 'what is held can have a note')
  return delivery
}

/** What stands beside tasks. */
export const notes: readonly Scenario[] = [
  proves('a note stays with its task, whatever becomes of that on its queue', NOTES, async (trial) => {
    const { time, client } = trial
    const queue = trial.queue()
    const first = await takeNoted(trial, queue, 'one')
    const id = first.taskId
    const stays = async (when: string) =>
      expectEqual(await noteOf(await trial.another(), queue, id), 'note of one', `it is there ${when}`)
    await stays('for every client')
    await client.release(first)
    await stays('when the task is released')
    const second = await trial.takeOne(queue, 'what was released is handed out')
    expectEqual(plain(second.data), payloadOf('one'), 'and the payload is as it was')
    const data = payloadOf('one', { attempt: 2 })
    await client.release(second, { data, delayUntil: time.now() + time.unit })
    await stays('when it goes back with another payload, and is delayed')
    await time.reach(time.now() + time.unit)
    const third = await trial.takeOne(queue, 'a delayed task is handed out', { lease: 2 * time.unit })
    expectEqual(plain(third.data), data, 'with that payload')
    expectEqual(third.firstId ?? third.taskId, id, 'and is known by the id that it had at first')
    await time.reach(time.now() + 2 * time.unit)
    const fourth = await trial.takeOne(queue, 'what has lapsed is handed out again')
    await stays('after a lapse')
    await client.extend([fourth], 600)
    await client.bury(fourth, REASON)
    await stays('beside a dead letter')
    if (!client.deadLetters) return
    await client.deadLetters.kick(queue)
    await stays('beside one that was kicked')
    const last = await trial.takeOne(queue, 'what was kicked is handed out')
    expectEqual(plain(last.data), data, 'with its payload')
    expectEqual(await trial.notes.save(last, 'another note'), true, 'it can be replaced')
    expectEqual(await noteOf(client, queue, id), 'another note', 'as a whole')
  }),

  proves('a note is gone with its task, or is taken away by who ends it', NOTES, async (trial) => {
    const { client, notes: kept } = trial
    const queue = trial.queue()
    const ways: Readonly<Record<string, (delivery: Delivery) => unknown>> = {
      ack: (delivery) => client.ack([delivery]),
      ...(client.results && {
        'ack with a result': (delivery) => client.results?.ack([{ delivery, result: '1', keepFor: 600 }]),
      }),
      ...(client.byId && {
        remove: async (delivery) => {
          await client.release(delivery)
          await client.byId?.remove(queue, delivery.taskId)
        },
      }),
      ...(client.cancellation && {
        cancel: (delivery) => client.cancellation?.cancel(queue, delivery.taskId),
      }),
      drop: () => client.dropAll(queue),
    }
    for (const [way, leave] of Object.entries(ways)) {
      const delivery = await takeNoted(trial, queue, 'one')
      await leave(delivery)
      await kept.forget?.(queue, delivery.taskId)
      expectEqual(await noteOf(client, queue, delivery.taskId), undefined, `it is gone after ${way}`)
      const [again = ''] = await trial.push(queue, ['one'])
      expectEqual(await noteOf(client, queue, again), undefined, 'and not beside another of that id')
      await client.ack(await trial.takeAll(queue))
    }
  }),

  proves('nobody but who holds a task can put a note beside it', NOTES, async (trial) => {
    const { time } = trial
    const queue = trial.queue()
    const [one = ''] = await trial.push(queue, ['one'])
    const lapsed = await trial.takeOne(queue, 'a pushed task is handed out', { lease: 2 * time.unit })
    await time.reach(time.now() + 2 * time.unit)
    const held = await trial.takeOne(queue, 'what has lapsed is handed out again')
    expectEqual(await trial.notes.save(lapsed, 'late'), false, 'who has lost it is told so')
    expectEqual(await noteOf(trial.client, queue, one), undefined, 'and writes nothing')
    expectEqual(await trial.notes.save(held, 'held'), true, 'who holds it may write')
    await trial.client.ack([held])
    expectEqual(await trial.notes.save(held, 'too late'), false, 'until it is settled')
    await trial.notes.forget?.(queue, one)
    expectEqual(await noteOf(trial.client, queue, one), undefined, 'then there is nothing')
  }),

  proves('a note may be any payload, beside a task of any kind', NOTES, async (trial) => {
    const { client } = trial
    const queue = trial.queue()
    const odd: readonly Payload[] = ['', '{"log":["\\u0000 日本"]}', '\0\u0001', Uint8Array.of(0, 251, 255)]
    const unique = { key: 'b'.repeat(32), until: 'finished', onConflict: 'keep' } as const
    const levelled = client.priorities ? { priority: 'high' as const } : {}
    for (const [at, note] of odd.entries()) {
      const data = at % 2 === 0 ? payloadOf(`task ${at}`) : Uint8Array.of(0, 1, 2, 251, 252)
      const item: PushItem = { taskId: `task ${at}`, data, enqueuedAt: 1_767_225_600, ...levelled }
      if (client.uniqueness) await client.uniqueness.push(queue, [{ ...item, unique }])
      else await client.pushMany(queue, [item])
      const delivery = await trial.takeOne(queue, 'a pushed task is handed out')
      await trial.notes.save(delivery, 'a first note')
      await trial.notes.save(delivery, note)
      expectEqual(
        await noteOf(client, queue, delivery.taskId),
        plain(note),
        'it comes back as it was written',
      )
      await client.release(delivery)
      if (client.listing) {
        const { tasks } = await client.listing.list(queue, 'waiting')
        const [task] = tasks
        expectEqual(
          [plain(task?.data), task?.enqueuedAt, task?.priority],
          [plain(data), 1_767_225_600, client.priorities ? 'high' : undefined],
          'the task beside it is as it was',
        )
      }
      const again = await trial.takeOne(queue, 'what was released is handed out')
      expectEqual(plain(again.data), plain(data), 'its payload, too')
      await client.ack([again])
    }
  }),

  proves('what takes the place of a task has not its note', [...NOTES, 'uniqueness'], async (trial) => {
    const queue = trial.queue()
    const unique = { key: 'c'.repeat(32), until: 'started', onConflict: 'replace' } as const
    await trial.uniqueness.push(queue, [{ taskId: 'one', data: payloadOf('one'), unique }])
    const delivery = await trial.takeOne(queue, 'a pushed task is handed out')
    await trial.notes.save(delivery, 'of the former')
    await trial.client.release(delivery)
    await trial.uniqueness.push(queue, [{ taskId: 'two', data: payloadOf('two'), unique }])
    const next = await trial.takeOne(queue, 'what takes the place of a task is handed out')
    expectEqual(await noteOf(trial.client, queue, next.taskId), undefined, 'other arguments, other steps')
    await trial.notes.save(next, 'its own')
    await trial.client.release(next)
    const again = await trial.takeOne(queue, 'what was released is handed out')
    expectEqual(await noteOf(trial.client, queue, again.taskId), 'its own', 'and its own stay with it')
  }),
]
