import { StateNotes, StateResults } from '../src/backend.js'
import { type Delivery, LocmemClient, type PutOptions } from '../src/index.js'

const delivery = (receipt: string): Delivery => {
  return { queue: 'all', taskId: 'one', data: '', deliveries: 1, receipt }
}

function gate() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { opened, open }
}

/** The client of a queue that knows which receipts are held. */
function holding(...receipts: string[]) {
  const held = new Set(receipts)
  return {
    held,
    holds: ({ receipt }: Delivery) => held.has(receipt),
    ack: async (deliveries: readonly Delivery[]) => deliveries.filter(({ receipt }) => !held.delete(receipt)),
  }
}

const { state } = new LocmemClient('locmem://')

test('who stood still while its lease lapsed cannot write over the note of the next holder', async () => {
  const [atPut, go] = [gate(), gate()]
  const slow = {
    ...state,
    put: async (key: string, value: string, options?: PutOptions) => {
      atPut.open()
      await go.opened
      return state.put(key, value, options)
    },
  }
  const [former, next] = [holding('former'), holding('next')]
  const late = new StateNotes(slow, former).save(delivery('former'), 'late')
  await atPut.opened
  former.held.clear()
  const notes = new StateNotes(state, next)
  expect(await notes.save(delivery('next'), 'in time')).toBe(true)
  go.open()
  expect(await late).toBe(false)
  expect(await notes.get('all', 'one')).toBe('in time')
})

test('who holds a task writes its note again where one that has lost it was faster', async () => {
  const notes = new StateNotes(state, holding('next'))
  const own = delivery('next')
  await notes.save(own, 'first')
  await new StateNotes(state, holding('former')).save(delivery('former'), 'late')
  expect(await notes.save(own, 'second')).toBe(true)
  expect(await notes.get('all', 'one')).toBe('second')
})

test('what is known to be lost keeps no result, and without news nobody hears of one', async () => {
  const results = new StateResults(state, holding('held'), undefined)
  const kept = { result: '42', keepFor: 60 }
  const lost = delivery('lost')
  expect(await results.ack([{ delivery: lost, ...kept }])).toEqual([lost])
  expect(await results.get('all', ['one'])).toEqual(new Map())
  results.onEnd(() => expect(true).toBe(false))()
  results.tellOfEnd('all', 'one')
  expect(await results.ack([{ delivery: delivery('held'), ...kept }])).toEqual([])
  expect(await results.get('all', ['one', 'two'])).toEqual(new Map([['one', '42']]))
})

test('the largest result that is let through fits into every state store, whatever it is sealed in', async () => {
  const results = new StateResults(state, holding('held'), undefined)
  const result = new Uint8Array(results.maxResult + 200)
  await results.ack([{ delivery: delivery('held'), result, keepFor: 60 }])
  expect((await results.get('all', ['one'])).get('one')).toHaveLength(result.length)
})
