// A process of the crew: it opens a contender, says so, and does what it is told until its parent lets it go.
import { BACKENDS } from './backends.js'
import { type Contender, now } from './contender.js'
import type { Answer, Job, Order, Report } from './crew.js'
import { sendSlowly } from './scenarios/latency.js'

/** Milliseconds between two reports. */
const PAUSE = 20

function tell(answer: Answer): void {
  process.send?.(answer)
}

/** Works, and reports as long as there is something new. */
async function consume(contender: Contender, concurrency: number): Promise<void> {
  let count = 0
  let firstAt = 0
  let lastAt = 0
  let told = 0
  await contender.work(concurrency, () => {
    lastAt = now()
    if (count === 0) firstAt = lastAt
    count += 1
  })
  setInterval(() => {
    if (told === count) return
    told = count
    tell({ count, firstAt, lastAt, rss: process.memoryUsage.rss() } satisfies Report)
  }, PAUSE)
}

async function obey(order: Order, contender: Contender, concurrency: number): Promise<void> {
  if (order === 'work') return consume(contender, concurrency)
  await sendSlowly(order.send, (sentAt) => contender.enqueue(sentAt))
  tell('sent')
}

const { backend, contender: name, url, concurrency } = JSON.parse(process.argv[2] ?? '{}') as Job
const entry = BACKENDS[backend]?.contenders[name]
if (!entry) throw new Error(`There is no contender ${name} on ${backend}.`)
const { open } = await entry.load()
const contender = await open(url)
process.on('disconnect', () => process.exit())
process.on('message', (order: Order) => void obey(order, contender, concurrency))
tell('ready')
