import fc from 'fast-check'
import { expectRefusal } from '../expect.js'
import { facetOf, payloadOf } from '../trial.js'
import { CALLBACKS, callbackOf } from './batch-model.js'
import { type Step, client, id, momentOf, queue, step } from './step.js'

/** How many batches ago. */
const pick = fc.nat({ max: 2 })

export function openBatchStep(): fc.Arbitrary<Step> {
  return fc.record({ client, queue }).map((args) =>
    step('openBatch', args, async (model, stage) => {
      const name = stage.queues[args.queue]
      const batchId = model.batches.nextId
      const callbacks = Object.fromEntries(
        CALLBACKS.map((end) => {
          const taskId = callbackOf(batchId, end)
          return [end, { taskId, data: payloadOf(taskId) }]
        }),
      )
      await facetOf(stage.clients[args.client], 'batches').open(name, { batchId, callbacks })
      model.opened(name, batchId, Object.values(callbacks), momentOf(stage))
    }),
  )
}

export function pushMembersStep(): fc.Arbitrary<Step> {
  const ids = fc.array(id, { minLength: 1, maxLength: 3 })
  return fc.record({ client, queue, ids, pick }).map((args) =>
    step(
      'pushMembers',
      args,
      async (model, stage) => {
        const at = momentOf(stage)
        const batch = model.batches.id(args.pick) ?? ''
        // Most often of the queue of the batch.
        const name = args.pick === 0 ? stage.queues[args.queue] : (model.batches.queueOf(batch) ?? '')
        if (!model.names.includes(name)) return
        const items = args.ids.map((taskId) => ({ taskId, data: payloadOf(taskId), batch }))
        const call = () => stage.clients[args.client].pushMany(name, items)
        const isOver = model.batches.takesNobody(batch, name)
        // Which of two reasons is told is up to the store.
        if (model.contradicts(name, items)) return
        if (isOver) await expectRefusal('BATCH_OVER', call, 'what is over or not there takes no members')
        else {
          await call()
          model.push(name, items, at)
        }
      },
      (model) => model.batches.id(0) !== undefined,
    ),
  )
}

export function closeBatchStep(): fc.Arbitrary<Step> {
  const as = fc.constantFrom('full' as const, 'full' as const, 'canceled' as const)
  return fc.record({ client, pick, as }).map((args) =>
    step(
      'closeBatch',
      args,
      async (model, stage) => {
        const batchId = model.batches.id(args.pick) ?? ''
        const name = model.batches.queueOf(batchId) ?? ''
        if (!model.names.includes(name)) return
        const told = await facetOf(stage.clients[args.client], 'batches').close(name, batchId, args.as)
        model.closed(name, batchId, args.as, told, momentOf(stage))
      },
      (model) => model.batches.id(0) !== undefined,
    ),
  )
}
