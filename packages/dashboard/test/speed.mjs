// `npm run speed:dashboard`: how long the server takes for each page of the dashboard over a million tasks that wait, a hundred thousand
// that are delayed, dead letters and batches: on Redis and on PostgreSQL, which it starts and ends. It reads the built packages.
// First: nobody has looked before. Then: somebody looks, and it has to be read anew. The middle one of five each, and the worst of all ten.
import { Gator, registerTasks } from '@alligator/core'
import { dashboard } from '@alligator/dashboard'
import '@alligator/postgres'
import '@alligator/redis'
import { psql, startPostgres, startRedis } from '@alligator/testbed'

const [waiting = 1_000_000, delayed = 100_000] = process.argv.slice(2).map(Number)
const DEAD = 3000
const BATCHES = 500
const AT_ONCE = 5000
const ROUNDS = 5
/** Milliseconds that a page may take. */
const MOST = 100

const send = (_user, _post) => {}
registerTasks('src/mail', { send })

async function inParts(count, push) {
  for (let at = 0; at < count; at += AT_ONCE)
    await push(Array.from({ length: Math.min(AT_ONCE, count - at) }, (_, index) => [at + index, 1]))
}

async function fill(gator) {
  const lists = Array.from({ length: DEAD }, (_, at) => [at, 1])
  await gator.taskMany(send, lists)
  for (;;) {
    const taken = await gator.backend.reserve(['all'], { limit: 500, lease: 600 })
    if (taken.length === 0) break
    for (const [at, one] of taken.entries()) {
      const reason = {
        message: `refused ${at}`,
        code: `CODE_${at % 40}`,
        at: Date.now() / 1000,
        worker: 'w',
        attempt: 1,
      }
      await gator.backend.bury(one, reason)
    }
  }
  await inParts(waiting, (part) => gator.taskMany(send, part))
  await inParts(delayed, (part) =>
    gator.options({ delayBy: 3600 + Math.random() * 86_400 }).taskMany(send, part),
  )
  const batches = new Gator(gator.backend, { queueName: 'batches' })
  for (let at = 0; at < BATCHES; at += 1) {
    const made = await batches.batch({ onDone: [send, 0, 0] }, (b) =>
      b.taskMany(send, [
        [at, 1],
        [at, 2],
      ]),
    )
    if (at % 2 === 0) await made.cancel()
  }
  await batches.batch({}, (b) => inParts(20_000, (part) => b.taskMany(send, part)))
}

async function pathsOf(gator) {
  const { listing, batches } = gator.backend
  const first = async (state) => (await listing.list('all', state, { limit: 1 })).tasks[0].taskId
  const after = async (state) => (await listing.list('all', state, { limit: 1000 })).next
  const {
    batches: [large],
  } = await batches.list('batches', 'open', { limit: 1 })
  const of = (page, more) => `${page}?${new URLSearchParams(more).toString()}`
  return {
    overview: 'overview',
    'queue, waiting': of('queue', { queue: 'all' }),
    'queue, a later page': of('queue', { queue: 'all', after: await after('waiting') }),
    'queue, delayed': of('queue', { queue: 'all', state: 'delayed' }),
    'queue, delayed, a later page': of('queue', {
      queue: 'all',
      state: 'delayed',
      after: await after('delayed'),
    }),
    'queue, dead': of('queue', { queue: 'all', state: 'dead' }),
    'queue, a filter that nothing fits': of('queue', { queue: 'all', task: 'nothing' }),
    'task that waits': of('task', { queue: 'all', id: await first('waiting') }),
    'dead letter': of('task', { queue: 'all', id: await first('dead') }),
    'dead letters': 'dead',
    workers: 'workers',
    schedules: 'schedules',
    batches: 'batches',
    'batches that have ended': of('batches', { show: 'ended' }),
    'batches, of one queue': of('batches', { queue: 'batches' }),
    'a batch of 20,000': of('batch', { queue: 'batches', id: large.batchId }),
  }
}

async function timed(page, path) {
  const began = performance.now()
  const answer = await page(new Request(`http://127.0.0.1/api/${path}`))
  await answer.text()
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`)
  return performance.now() - began
}

function middle(all) {
  return all.toSorted((one, other) => one - other)[Math.floor(all.length / 2)]
}

async function measure(name, server) {
  const gator = new Gator(server.dsn)
  const began = performance.now()
  await fill(gator)
  if (name === 'PostgreSQL') await psql(server.dsn, 'VACUUM ANALYZE')
  console.log(`\n${name}, filled within ${Math.round((performance.now() - began) / 1000)} s\n`)
  console.log('| page | first | then | worst |\n| --- | --: | --: | --: |')
  for (const [label, path] of Object.entries(await pathsOf(gator))) {
    const [first, then] = [[], []]
    for (let round = 0; round < ROUNDS; round += 1) {
      const page = dashboard(gator, { authorize: () => 'write' })
      first.push(await timed(page, path))
      // An action makes everything to be read anew.
      const act = { method: 'POST', headers: { 'content-type': 'application/json' } }
      const body = JSON.stringify({ action: 'resume', queue: 'nobody' })
      await (await page(new Request('http://127.0.0.1/api/act', { ...act, body }))).text()
      then.push(await timed(page, path))
    }
    const worst = Math.max(...first, ...then)
    const told = [middle(first), middle(then), worst].map((each) => each.toFixed(0)).join(' | ')
    console.log(`| ${label} | ${told}${worst > MOST ? ' (over)' : ''} |`)
  }
  await gator.close()
}

for (const [name, start] of [
  ['Redis', startRedis],
  ['PostgreSQL', startPostgres],
]) {
  const server = await start()
  try {
    await measure(name, server)
  } finally {
    await server.close()
  }
}
