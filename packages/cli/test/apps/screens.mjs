// Draws the screen of `alligator top` for every size that it is asked for, of one snapshot whose names are long.
import { Gator, registerTasks } from '@alligator/core'
import { Rows } from '../../src/top/rows.js'
import { HELP } from '../../src/top/details.js'
import { draw } from '../../src/top/view.js'

const AT = 1_790_000_000
const LONG = 'a-queue-whose-name-is-as-long-as-such-names-are-in-large-organisations-日本'
const NAME = 'src/modules/billing/invoices/reminders#sendReminderOfUnpaidInvoice'
const id = (end) => `019a0000-0000-7000-8000-0000${end}`

const task = (changes) => ({
  queue: LONG,
  taskId: id('00000001'),
  state: 'waiting',
  name: NAME,
  args: [{ customer: 'a customer with a long name', invoices: [1, 2, 3] }],
  ...{ retries: 3, attempt: 1, enqueuedAt: AT - 4000 },
  ...changes,
})

const queue = (changes) => {
  const counts = { waiting: 1_234_567, delayed: 98_765, running: 3, dead: 43_210 }
  return { queue: LONG, ...counts, oldest: 86_400, growth: 1234.5, ...changes }
}

const tasks = [
  task({ state: 'running', until: AT + 29, progress: 0.42, text: 'of 1,000 rows' }),
  task({ state: 'running', until: AT + 29, taskId: id('00000002') }),
  task({ taskId: 'an-id-of-the-app-that-is-longer-than-the-others', priority: 'high' }),
  task({ state: 'delayed', until: AT + 86_400, taskId: id('00000003') }),
  task({ state: 'delayed', waitsFor: [id('00000004')], taskId: id('00000005') }),
  task({ name: null, unreadable: 'it is not JSON, and it goes on for long', taskId: id('00000006') }),
]

const message = 'connect ECONNREFUSED 10.0.0.12:5432 while the order was being written'
const reason = { code: 'ECONNREFUSED', message, at: AT - 60, worker: 'w', attempt: 4 }
const dead = [task({ state: 'dead', reason })]

const workers = [
  {
    ...{ id: '1', name: 'Alligator Worker (a-host-with-a-long-name.example.com#123456)' },
    ...{ queues: [LONG, 'mail', 'all'], concurrency: 10, running: 7, tasksComplete: 12_345_678 },
    startedAt: AT - 90_000,
    tasks: [
      { queue: LONG, taskId: id('00000001'), name: NAME, since: AT - 75 },
      { queue: 'mail', taskId: id('00000009'), name: 'src/mail#send', since: AT - 3 },
    ],
  },
]

const figures = {
  ...{ success: 1_000_000, retry: 5, snoozed: 0, dead: 43_210, canceled: 0, lost: 0, runs: 1, seconds: 1 },
  ...{ tried: 1_043_215, failed: 43_215, rate: 289.8, failureShare: 0.0414, meanSeconds: 0.0123 },
}

const gator = new Gator('locmem://')
const remind = () => undefined
registerTasks('src/modules/billing/invoices/reminders', { sendReminderOfUnpaidInvoice: remind })
await gator.schedule('a-schedule-whose-name-is-long', '*/5 9-17 * * 1-5').task(remind)

const snapshot = {
  at: AT,
  queues: [queue({ levels: { high: 12, normal: 3 } }), queue({ queue: 'idle', running: 0 })],
  workers,
  schedules: await gator.schedules(),
  throughput: [{ queue: LONG, hour: figures, day: figures, rate: 1289.8 }],
  tasks,
  dead,
}
const rows = new Rows()
rows.update(snapshot)
const store = 'postgres://***@a-database-with-a-long-name.eu-central-1.example.com:5432/production'
const view = { store, canList: true, snapshot, gator, rows, message: '', asks: false }

process.once('message', (sizes) => {
  const screens = sizes.map((size) => ({
    ...size,
    tables: draw(view, size),
    help: draw({ ...view, page: { lines: HELP, from: 0 } }, size),
    asks: draw({ ...view, message: `Drop queue ${LONG}, with everything in it?`, asks: true }, size),
    bare: draw({ ...view, canList: false, snapshot: { ...snapshot, tasks: [], dead: [] } }, size),
  }))
  process.send(screens, () => process.disconnect())
})
