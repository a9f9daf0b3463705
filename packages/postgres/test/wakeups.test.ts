import { once } from 'node:events'
import { Lifecycle } from '@alligator/core/backend'
import { type Server, startPostgres } from '@alligator/testbed'
import pg from 'pg'
import { Connection } from '../src/connection.js'
import { Wakeups } from '../src/wakeups.js'

let server: Server
const closing: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  server = await startPostgres()
})
afterAll(async () => {
  for (const close of closing) await close()
  await server.close()
})

function open(): Wakeups {
  const life = new Lifecycle('It')
  const connection = new Connection(server.dsn, {}, life)
  const wakeups = new Wakeups(connection)
  closing.push(() =>
    life.close(
      () => wakeups.close(),
      () => connection.disconnect(),
    ),
  )
  return wakeups
}

test('those who wait are woken by what others push, and once by what their own client pushes', async () => {
  const [own, other] = [open(), open()]
  const witness = new pg.Client(server.dsn)
  await witness.connect()
  closing.push(() => witness.end())
  await witness.query('LISTEN "public.alligator"')
  const [waits, waitsForOther] = [own.open(['all']), own.open(['other'])]

  // The first news comes once it is proven that all of it will come.
  await waits.sleep(20, undefined)
  waits.look()
  const woken = waits.sleep(20, undefined)
  const arrives = once(witness, 'notification')
  own.tell('all')
  await woken
  waits.look()
  let isWoken = false
  const again = waits.sleep(20, undefined).then(() => (isWoken = true))
  await arrives

  // Notifications arrive in the order in which they were sent.
  waitsForOther.look()
  const last = waitsForOther.sleep(20, undefined)
  other.tell('other')
  await last
  expect(isWoken).toBe(false)
  other.tell('all')
  await again
  waits.stop()
  waitsForOther.stop()
})

test('everyone hears of the queues on which others put schedules', async () => {
  const [own, other] = [open(), open()]
  const waits = own.open(['all'])
  await waits.sleep(20, undefined)
  const heard = new Promise((resolve) => own.onSchedule(resolve))
  other.tellOfSchedule(String.raw`back\slash`)
  expect(await heard).toBe(String.raw`back\slash`)
  waits.stop()
})
