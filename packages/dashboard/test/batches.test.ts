import { Gator } from '@alligator/core'
import { cancelBatchPart } from '@alligator/core/inspect'
import { type ActionEvent, type DashboardOptions, dashboard } from '../src/index.js'
import type { BatchPageView, BatchesPageView, Done } from '../src/views.js'
import { read, request, sent } from './answers.js'
import { sendPostEmail } from './shop/mail.js'

const ADMIN = { authorize: () => 'write' } as const satisfies DashboardOptions

describe('what is shown of batches', () => {
  test('is how far they are, what they wait for and what they end with', async () => {
    await using gator = new Gator('locmem://')
    const page = dashboard(gator, { ...ADMIN, redact: (task) => ({ ...task, args: ['hidden'] }) })
    const call = [sendPostEmail, 0, 0] as const
    const made = await gator.batch({ onSuccess: call, onFailure: call }, async (b) => {
      await b.taskMany(sendPostEmail, [
        [1, 1],
        [2, 1],
        [3, 1],
      ])
      await b.batch({ onDone: call }, (inner) => inner.task(sendPostEmail, 4, 1))
    })
    const [first] = await gator.backend.reserve(['all'], { lease: 30 })
    if (first) await gator.backend.ack([first])
    const [second] = await gator.backend.reserve(['all'], { lease: 30 })
    const { batches } = await read<BatchesPageView>(page(request('api/batches')))
    expect(batches.map(({ id, total, pending }) => [id === made.id, total, pending])).toEqual([
      [false, 1, 1],
      [true, 4, 3],
    ])
    const path = `api/batch?queue=all&id=${made.id}`
    const view = await read<BatchPageView>(page(request(path)))
    expect(view).toMatchObject({
      batch: { total: 4, succeeded: 1, failed: 0, pending: 3, isFull: true },
      callbacks: [
        { end: 'success', id: `${made.id}:success`, name: expect.any(String), state: 'delayed' },
        { end: 'failure', id: `${made.id}:failure`, name: expect.any(String), state: 'delayed' },
      ],
      ...{ members: { running: 1, waiting: 1 }, seen: 2 },
      tasks: [
        { id: second?.taskId, state: 'running', args: '"hidden"' },
        { state: 'waiting', args: '"hidden"' },
      ],
      batches: [{ total: 1, pending: 1 }],
    })
    const events: ActionEvent[] = []
    const admin = dashboard(gator, { ...ADMIN, onAction: (event) => events.push(event) })
    const cancel = { action: 'cancel-batch', queue: 'all', ids: [made.id] }
    expect(await read(admin(request('api/act', sent(cancel))))).toMatchObject({ changed: 3 })
    expect(events).toMatchObject([{ action: 'cancel-batch', ids: [made.id], changed: 3 }])
    expect(await gator.lookUpBatch(made.id)).toMatchObject({ isCanceled: true, failed: 3, pending: 0 })
    const { batches: ended } = await read<BatchesPageView>(admin(request('api/batches?show=ended&queue=all')))
    expect(ended.map(({ id }) => id === made.id)).toEqual([true, false])
    expect(await read(admin(request('api/batch?queue=all&id=nobody')))).not.toHaveProperty('batch')
  })

  test('is a part of many at a time, and so are they canceled', async () => {
    await using gator = new Gator('locmem://')
    const page = dashboard(gator, ADMIN)
    for (let at = 0; at < 60; at += 1) await gator.batch({}, (b) => b.task(sendPostEmail, at, 1))
    const all = await read<BatchesPageView>(page(request('api/batches')))
    expect([all.batches.length, all.isCut]).toEqual([50, true])
    const first = await read<BatchesPageView>(page(request('api/batches?queue=all')))
    const rest = await read<BatchesPageView>(page(request(`api/batches?queue=all&after=${first.next}`)))
    expect([first.batches.length, rest.batches.length, rest.next]).toEqual([50, 10, undefined])
    const { id } = await gator.batch({}, (b) =>
      b.taskMany(
        sendPostEmail,
        Array.from({ length: 2500 }, (_, at): [number, number] => [at, 1]),
      ),
    )
    const view = await read<BatchPageView>(page(request(`api/batch?queue=all&id=${id}`)))
    expect([view.seen, view.tasks.length]).toEqual([1000, 20])
    let [canceled, parts] = [0, 0]
    for (let next: string | undefined = ''; next !== undefined; parts += 1) {
      const done: Done = await cancelBatchPart(gator, 'all', id)
      canceled += done.changed
      next = done.next
    }
    expect([canceled, parts]).toEqual([2500, 3])
  })
})
