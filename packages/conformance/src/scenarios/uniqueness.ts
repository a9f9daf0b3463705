import { createHash } from 'node:crypto'
import type { Placed, Priority, PushItem, UniqueKey } from '@alligator/core'
import { expectEqual, expectRefusal } from '../expect.js'
import { idOf, nameOf, named, namesOf, push, pushPlain } from '../names.js'
import type { Need } from '../need.js'
import { type Scenario, proves } from '../scenario.js'
import { type Trial, REASON, facetOf, idsOf, payloadOf, plain } from '../trial.js'

const NEEDS: readonly Need[] = ['uniqueness', 'leases']
/** Seconds that no scenario outlives. */
const LONG = 600

/** A key as the engine would make it of a name. */
export function keyOf(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 32)
}

type Changes = Partial<UniqueKey> & { readonly delayUntil?: number; readonly data?: string }

/** A task with a key, by its name. */
function item(taskId: string, key: string, changes: Changes = {}): PushItem {
  const { delayUntil, data = payloadOf(taskId), ...rest } = changes
  const unique: UniqueKey = { key: keyOf(key), until: 'started', onConflict: 'keep', ...rest }
  return { taskId, data, delayUntil, unique }
}

const added = (taskId: string) => [taskId, false]
const duplicateOf = (taskId: string) => [taskId, true]

/** Pushes, and gives the name and whether it is a duplicate, of each. */
async function place(trial: Trial, queue: string, ...items: readonly PushItem[]) {
  return summary(await push(trial, queue, items))
}

function summary(placed: readonly Placed[]): (readonly [string, boolean])[] {
  return placed.map(({ taskId, isDuplicate }) => [taskId, isDuplicate])
}

/** Sees what a push of a task with the key `k` comes to. */
async function expectPlaced(
  trial: Trial,
  queue: string,
  pushed: PushItem,
  expected: readonly unknown[],
  promise: string,
): Promise<void> {
  expectEqual(await place(trial, queue, pushed), [expected], promise)
}

/** Of tasks with the same key there is one at a time. */
export const uniqueness: readonly Scenario[] = [
  proves(
    'a key is taken while its task waits or is delayed, and free once that has started',
    NEEDS,
    async (trial) => {
      const queue = trial.queue()
      await expectPlaced(trial, queue, item('one', 'k'), added('one'), 'the first task has the key')
      await expectPlaced(
        trial,
        queue,
        item('two', 'k'),
        duplicateOf('one'),
        'the key of one that waits is taken',
      )
      await expectPlaced(trial, queue, item('three', 'other'), added('three'), 'another key is free')
      await expectPlaced(
        trial,
        trial.queue('other'),
        item('one', 'k'),
        added('one'),
        'a key is one of its queue',
      )
      await pushPlain(trial, queue, 'plain')
      trial.expectIds(
        named(trial, await trial.takeAll(queue)),
        ['one', 'three', 'plain'],
        'what is a duplicate is not pushed',
      )
      const later = { delayUntil: trial.time.now() + LONG }
      await expectPlaced(
        trial,
        queue,
        item('four', 'k', later),
        added('four'),
        'the key of one that runs is free',
      )
      await expectPlaced(
        trial,
        queue,
        item('five', 'k'),
        duplicateOf('four'),
        'the key of a delayed one is taken',
      )
      await trial.expectCounts(queue, { running: 3, delayed: 1 }, 'nothing else is there')
    },
  ),

  proves('with until finished a key is taken also while its task runs', NEEDS, async (trial) => {
    const queue = trial.queue()
    const until = { until: 'finished' } as const
    await place(trial, queue, item('one', 'k', until))
    const delivery = await trial.takeOne(queue, 'a task with a key is handed out')
    const [placed] = await push(trial, queue, [item('two', 'k', until)])
    expectEqual(
      placed,
      { taskId: 'one', isDuplicate: true, runs: 'one' },
      'the key of one that runs is taken',
    )
    expectEqual(await trial.client.ack([delivery]), [], 'a task with a key is settled as any other')
    await expectPlaced(
      trial,
      queue,
      item('three', 'k', until),
      added('three'),
      'the key of what is done is free',
    )
  }),

  proves('a task that is to be retried has its key, unless another has taken it', NEEDS, async (trial) => {
    const queue = trial.queue()
    const isTaken = async (name: string) =>
      (await trial.uniqueness.push(queue, [item(name, 'k')]))[0]?.isDuplicate
    await place(trial, queue, item('one', 'k'))
    const first = await trial.takeOne(queue, 'a task with a key is handed out')
    const changed = payloadOf('one', { attempt: 2 })
    expectEqual(await trial.client.release(first, { data: changed }), true, 'it goes back as any other')
    expectEqual(await isTaken('two'), true, 'the key of a retry is taken')
    const second = await trial.takeOne(queue, 'a retry is handed out')
    expectEqual(second.data, changed, 'with its other payload')
    await expectPlaced(trial, queue, item('two', 'k'), added('two'), 'the key is free again while it runs')
    await trial.client.release(second)
    await expectPlaced(trial, queue, item('three', 'k'), duplicateOf('two'), 'it is that of the later one')
    const payloads = (await trial.takeAll(queue)).map(({ data }) => String(plain(data)))
    expectEqual(
      payloads.toSorted(),
      [changed, payloadOf('two')].toSorted(),
      'the retry goes on without the key, and is not lost',
    )
  }),

  proves('a task whose lease has lapsed waits, and has its key', NEEDS, async (trial) => {
    const queue = trial.queue()
    await place(trial, queue, item('one', 'k'))
    const first = await trial.takeOne(queue, 'a task with a key is handed out', { lease: trial.time.unit })
    await trial.time.reach(trial.time.now() + trial.time.unit + 0.01)
    await expectPlaced(trial, queue, item('two', 'k'), duplicateOf('one'), 'it waits to be handed out again')
    const replaced = item('three', 'k', { onConflict: 'replace' })
    await expectPlaced(trial, queue, replaced, duplicateOf('one'), 'and can be replaced')
    expectEqual(
      idsOf(named(trial, await trial.client.ack([first]))),
      ['one'],
      'its former worker cannot settle what replaced it',
    )
    const again = await trial.takeOne(queue, 'it is handed out again')
    expectEqual([nameOf(trial, again.taskId), again.data], ['one', replaced.data], 'with what replaced it')
    await trial.expectCounts(queue, { running: 1 }, 'and is there once')
  }),

  proves('the key of a task that is gone is free', [...NEEDS, 'deadLetters'], async (trial) => {
    const long = { for: LONG } as const
    const ways: Readonly<Record<string, (queue: string) => Promise<unknown>>> = {
      dropped: async (queue) => trial.client.dropAll(queue),
      dead: async (queue) => trial.client.bury(await trial.takeOne(queue, 'a task is handed out'), REASON),
      ...(trial.has('byId') && {
        removed: async (queue) => trial.byId.remove(queue, idOf(trial, 'one')),
      }),
      ...(trial.has('cancellation') && {
        canceled: async (queue) => trial.cancellation.cancel(queue, 'one'),
        'canceled while it runs': async (queue) => {
          await trial.takeOne(queue, 'a task is handed out')
          await trial.cancellation.cancel(queue, 'one')
        },
      }),
    }
    for (const [way, [how, go]] of Object.entries(ways).entries()) {
      for (const [at, kind] of ([{}, { until: 'finished' }, long] as const).entries()) {
        const queue = trial.queue(`${way}-${at}`)
        namesOf(trial).clear()
        await place(trial, queue, item('one', 'k', kind))
        await go(queue)
        await expectPlaced(
          trial,
          queue,
          item('two', 'k', kind),
          added('two'),
          `the key of what is ${how} is free`,
        )
      }
    }
  }),

  proves('a dead letter that is kicked has its key again', [...NEEDS, 'deadLetters'], async (trial) => {
    const queue = trial.queue()
    await place(trial, queue, item('one', 'k'))
    await trial.client.bury(await trial.takeOne(queue, 'a task is handed out'), REASON)
    await trial.deadLetters.kick(queue)
    await expectPlaced(trial, queue, item('two', 'k'), duplicateOf('one'), 'what was kicked waits')
  }),

  proves('what replaces a task that waits has its id, and is what runs', NEEDS, async (trial) => {
    const queue = trial.queue()
    const replace = { onConflict: 'replace' } as const
    const finished = { ...replace, until: 'finished' } as const
    await place(trial, queue, item('one', 'k', replace))
    for (const data of ['second', 'third', 'last,'.repeat(2000)])
      await expectPlaced(
        trial,
        queue,
        item('two', 'k', { ...replace, data }),
        duplicateOf('one'),
        'the id stays',
      )
    const first = await trial.takeOne(queue, 'what was replaced is handed out')
    expectEqual([nameOf(trial, first.taskId), first.data.length], ['one', 10_000], 'the last one counts')
    await expectPlaced(
      trial,
      queue,
      item('six', 'k', finished),
      duplicateOf('one'),
      'what runs is in the way',
    )
    await trial.client.release(first)
    const again = await trial.takeOne(queue, 'what goes back is handed out')
    expectEqual(again.data, first.data, 'what runs is not replaced, and goes back with what replaced it')
    await trial.client.release(again, { data: 'tried' })
    expectEqual((await trial.takeOne(queue, 'it is tried again')).data, 'tried', 'and with its own changes')
  }),

  proves(
    'what replaces a task that waits has its place, and a delay of its own',
    [...NEEDS, 'expediting'],
    async (trial) => {
      const queue = trial.queue()
      const replace = { onConflict: 'replace' } as const
      const later = trial.time.now() + LONG
      await place(trial, queue, item('one', 'k', replace), item('behind', 'other'))
      await expectPlaced(
        trial,
        queue,
        item('two', 'k', { ...replace, data: 'second' }),
        duplicateOf('one'),
        'the id stays',
      )
      const [first] = await trial.take(queue)
      expectEqual(
        [nameOf(trial, first?.taskId ?? ''), first?.data],
        ['one', 'second'],
        'it keeps its place in the line, with the new payload',
      )
      await place(trial, queue, item('three', 'k', { ...replace, data: 'third' }))
      await place(trial, queue, item('four', 'k', { ...replace, data: 'fourth', delayUntil: later }))
      await trial.expectCounts(queue, { waiting: 1, running: 1, delayed: 1 }, 'what waited has the new delay')
      await place(trial, queue, item('five', 'k', { ...replace, data: 'fifth', delayUntil: later + 5 }))
      await place(trial, queue, item('six', 'k', { ...replace, data: 'six,'.repeat(2000) }))
      await trial.expectCounts(queue, { waiting: 2, running: 1 }, 'what was delayed is due without one')
      const [, third] = await trial.takeAll(queue)
      expectEqual(
        [nameOf(trial, third?.taskId ?? ''), third?.data.length],
        ['three', 8000],
        'the last one counts',
      )
      const finished = { ...replace, until: 'finished' } as const
      await expectPlaced(
        trial,
        queue,
        item('seven', 'k', finished),
        duplicateOf('three'),
        'what runs is in the way',
      )
      await trial.expectCounts(queue, { running: 3 }, 'but is not replaced')
    },
  ),

  proves(
    'a task with a key has its level, and that of what replaces it',
    [...NEEDS, 'priorities', 'customIds'],
    async (trial) => {
      const queue = trial.queue()
      const later = trial.time.now() + LONG
      const at = (pushed: PushItem, priority: Priority): PushItem => ({ ...pushed, priority })
      await trial.push(queue, ['normal'])
      await place(
        trial,
        queue,
        at(item('low', 'a'), 'low'),
        item('rises', 'b'),
        at(item('stays', 'c'), 'high'),
      )
      await place(trial, queue, at(item('high', 'd'), 'high'))
      const replace: Changes = { onConflict: 'replace' }
      await place(trial, queue, at(item('x', 'b', replace), 'highest'))
      await place(trial, queue, at(item('y', 'c', replace), 'high'))
      await place(trial, queue, at(item('z', 'f', { delayUntil: later }), 'lowest'))
      await place(trial, queue, at(item('w', 'f', replace), 'lowest'))
      const strictly = async () => idsOf(await trial.takeAll(queue, { priorities: 'strict' }))
      const promise = 'the level of a task is that which it was pushed or replaced with last'
      expectEqual(await strictly(), ['rises', 'stays', 'high', 'normal', 'low', 'z'], promise)
      const soon = trial.time.now() + trial.time.unit
      await place(trial, queue, at(item('delayed', 'e', { delayUntil: soon }), 'highest'))
      await trial.push(queue, ['next'])
      await trial.time.reach(soon)
      expectEqual(await strictly(), ['delayed', 'next'], 'a delayed one keeps its level')
    },
  ),

  proves('with throw a call is refused as a whole', NEEDS, async (trial) => {
    const queue = trial.queue()
    const refuse = { onConflict: 'throw' } as const
    await expectPlaced(trial, queue, item('one', 'k', refuse), added('one'), 'a free key refuses nobody')
    await expectPlaced(trial, queue, item('one', 'k', refuse), added('one'), 'nor the same task again')
    const promise = 'a key that is taken refuses the whole call'
    for (const batch of [
      [item('two', 'k', refuse)],
      [item('three', 'free'), item('four', 'k', refuse), { taskId: 'five', data: payloadOf('five') }],
      [item('six', 'twice', refuse), item('seven', 'twice', refuse)],
    ]) {
      const told = await expectRefusal('DUPLICATE_TASK', () => trial.uniqueness.push(queue, batch), promise)
      expectEqual(/has the same key/.test(String(told['message'])), true, 'the error says that it is the key')
    }
    await trial.expectCounts(queue, { waiting: 1 }, 'what is refused is not on the queue')
  }),

  proves(
    'of several with one key in a call the first is pushed, and others beside it',
    NEEDS,
    async (trial) => {
      const queue = trial.queue()
      const beside = { taskId: 'plain', data: payloadOf('plain') }
      const [a, b, c] = [item('a', 'k'), item('b', 'k'), item('c', 'other')]
      expectEqual(
        await place(
          trial,
          queue,
          a,
          beside,
          b,
          c,
          item('d', 'other', { onConflict: 'replace', data: 'of d' }),
        ),
        [added('a'), added('plain'), duplicateOf('a'), added('c'), duplicateOf('c')],
        'each is told what became of it',
      )
      const taken = named(trial, await trial.takeAll(queue))
      trial.expectIds(taken, ['a', 'plain', 'c'], 'in the order of the call')
      expectEqual(
        taken.find(({ taskId }) => taskId === 'c')?.data,
        'of d',
        'also within a call one replaces another',
      )
      expectEqual(await trial.uniqueness.push(queue, []), [], 'a call may have nothing in it')
      if (!trial.client.customIds) return
      const other = { ...beside, data: 'other' }
      const clash = () => trial.uniqueness.push(queue, [item('e', 'free'), other])
      await expectRefusal('DUPLICATE_TASK', clash, 'the id of a task is not given to other content')
      await trial.expectCounts(queue, { running: 3 }, 'what is refused is not on the queue')
    },
  ),

  proves('many tasks of few keys can be pushed in one call', NEEDS, async (trial) => {
    const queue = trial.queue()
    const items = Array.from({ length: 2500 }, (_, n) =>
      item(`${n}`, `${n % 1250}`, { onConflict: n % 2 ? 'keep' : 'replace' }),
    )
    const placed = await push(trial, queue, items)
    const expected = items.map((_, n) => (n < 1250 ? added(`${n}`) : duplicateOf(`${n - 1250}`)))
    expectEqual(summary(placed), expected, 'each is told what became of it')
    await trial.expectCounts(queue, { waiting: 1250 }, 'of each key one is there')
  }),

  proves('a key may be taken for a time, whatever becomes of its task', NEEDS, async (trial) => {
    const queue = trial.queue()
    const { unit } = trial.time
    const begin = trial.time.now()
    await place(trial, queue, item('one', 'k', { for: 2 * unit }))
    const end = trial.time.now() + 2 * unit
    await trial.client.ack([await trial.takeOne(queue, 'a task is handed out')])
    await trial.time.before(begin + 2 * unit, () =>
      expectPlaced(
        trial,
        queue,
        item('two', 'k', { for: 2 * unit }),
        duplicateOf('one'),
        'the key is taken until then',
      ),
    )
    await trial.time.reach(end)
    await expectPlaced(trial, queue, item('three', 'k', { for: LONG }), added('three'), 'and free after that')
    await expectPlaced(trial, queue, item('four', 'k'), duplicateOf('three'), 'then it is taken anew')
    await trial.takeOne(queue, 'a task is handed out')
    await expectPlaced(trial, queue, item('five', 'k'), duplicateOf('three'), 'by whoever asks')
  }),

  proves('a task that is put off again and again is due at the latest after a time', NEEDS, async (trial) => {
    const queue = trial.queue()
    const { unit } = trial.time
    const begin = trial.time.now()
    const put = (id: string, wait: number) =>
      place(
        trial,
        queue,
        item(id, 'k', { onConflict: 'replace', atMost: 2 * unit, delayUntil: trial.time.now() + wait }),
      )
    await put('one', unit)
    const due = trial.time.now() + LONG
    expectEqual(await put('two', LONG), [duplicateOf('one')], 'it is put off')
    await trial.time.before(begin + 2 * unit, async () => {
      expectEqual(await trial.take(queue), [], 'by as much as it may be')
    })
    await trial.time.reach(due - LONG + 2 * unit + 0.01)
    const delivery = await trial.takeOne(queue, 'and then it is due')
    const told = [nameOf(trial, delivery.taskId), delivery.data]
    expectEqual(told, ['one', payloadOf('two')], 'with what came last')
    await put('three', LONG)
    await trial.expectCounts(queue, { running: 1, delayed: 1 }, 'the next one has a time of its own')
  }),

  proves('a task that is to follow one that runs may stand beside it', NEEDS, async (trial) => {
    const queue = trial.queue()
    await place(trial, queue, item('one', 'k', { until: 'finished' }))
    const follow = { until: 'finished', onConflict: 'replace', besides: idOf(trial, 'one') } as const
    const first = await trial.takeOne(queue, 'a task is handed out')
    await expectPlaced(trial, queue, item('two', 'k', follow), added('two'), 'what runs is not in its way')
    const [placed] = await push(trial, queue, [item('three', 'k', { ...follow, data: 'last' })])
    expectEqual(placed, { taskId: 'two', isDuplicate: true, runs: 'one' }, 'what waits is')
    await trial.client.ack([first])
    const second = await trial.takeOne(queue, 'what follows is handed out')
    expectEqual([nameOf(trial, second.taskId), second.data], ['two', 'last'], 'with what came last')
    await expectPlaced(
      trial,
      queue,
      item('four', 'k', follow),
      duplicateOf('two'),
      'another that runs is in the way',
    )
  }),

  proves('of those who push a key in the same moment one succeeds', NEEDS, async (trial) => {
    const queue = trial.queue()
    const clients = [trial.client, await trial.another(), await trial.another()]
    const pushes = clients.flatMap((client, at) =>
      Array.from({ length: 12 }, async (_, n) => {
        // Each with several keys, in an order of its own.
        const keys = ['a', 'b', 'c', 'd'].map((key, k) =>
          item(`${at} ${n} ${key}`, ['a', 'b', 'c', 'd'][(k + n) % 4] ?? key),
        )
        return facetOf(client, 'uniqueness').push(queue, keys)
      }),
    )
    const placed = (await Promise.all(pushes)).flat()
    expectEqual(placed.filter(({ isDuplicate }) => !isDuplicate).length, 4, 'of each key one is pushed')
    expectEqual(new Set(placed.map(({ taskId }) => taskId)).size, 4, 'and all others are told of it')
    await trial.expectCounts(queue, { waiting: 4 }, 'nothing else is there')
  }),

  proves(
    'a key that is taken in a transaction is so once that commits',
    [...NEEDS, 'transactions'],
    async (trial) => {
      const queue = trial.queue()
      await trial.transactInVain(async ({ transaction }) => {
        const placed = await trial.uniqueness.push(queue, [item('one', 'k', { for: LONG })], transaction)
        expectEqual(summary(placed), [added('one')], 'a free key can be taken')
      })
      await place(trial, queue, item('two', 'other'))
      await trial.transact(async ({ transaction }) => {
        const items = [
          item('three', 'k'),
          item('four', 'other', { onConflict: 'replace', data: 'of four' }),
          item('five', 'k'),
        ]
        const placed = await trial.uniqueness.push(queue, items, transaction)
        expectEqual(
          summary(placed),
          [added('three'), duplicateOf('two'), duplicateOf('three')],
          'what was rolled back is gone',
        )
        const refused = () =>
          trial.uniqueness.push(queue, [item('six', 'k', { onConflict: 'throw' })], transaction)
        await expectRefusal('DUPLICATE_TASK', refused, 'what it has pushed itself is in the way')
      })
      await expectPlaced(
        trial,
        queue,
        item('seven', 'k'),
        duplicateOf('three'),
        'what was committed is in the way',
      )
      const taken = await trial.takeAll(queue)
      expectEqual(idsOf(taken).toSorted(), ['three', 'two'], 'the transaction goes on after a refusal')
      expectEqual(taken.find(({ taskId }) => taskId === 'two')?.data, 'of four', 'and may replace')
    },
  ),

  proves(
    'a push waits for a transaction that has taken its key',
    [...NEEDS, 'transactions'],
    async (trial) => {
      const queue = trial.queue()
      const other = facetOf(await trial.another(), 'uniqueness')
      let waiting: Promise<unknown> | undefined
      await trial.transact(async ({ transaction }) => {
        await trial.uniqueness.push(queue, [item('one', 'k')], transaction)
        waiting = Promise.resolve(other.push(queue, [item('two', 'k')])).then(summary)
        expectEqual(await trial.time.isOpen(waiting), true, 'nobody knows yet whether the key is taken')
      })
      expectEqual(await waiting, [duplicateOf('one')], 'once it commits, it is')
    },
  ),
]
