import { spawnSync } from 'node:child_process'
import { connect as dial } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { Proxy, type Server, startBeanstalk, until } from '@alligator/testbed'
import { BeanstalkClient } from '../src/index.js'

const QUEUE = 'all'

let server: Server
let client: BeanstalkClient
const clients: BeanstalkClient[] = []

function connect(query = ''): BeanstalkClient {
  const one = new BeanstalkClient(server.dsn + query)
  clients.push(one)
  return one
}

beforeEach(async () => {
  server = await startBeanstalk()
  client = connect()
})

afterEach(async () => {
  await Promise.all(clients.splice(0).map((one) => one.close()))
  await server.close()
})

it('counts every worker that a task has killed, and puts it before what was never taken', async () => {
  await client.pushMany(QUEUE, [
    { taskId: '', data: 'poison' },
    { taskId: '', data: 'other' },
  ])
  for (let worker = 1; worker <= 7; worker += 1) {
    const doomed = connect()
    const [taken] = await doomed.reserve([QUEUE], { lease: 30, wait: 5 })
    expect([taken?.data, taken?.deliveries]).toEqual(['poison', worker])
    // The server sees no more of it than of one that was killed.
    await doomed.close()
  }
})

it('overlooks no more than one hand-out of a task that came after its worker', async () => {
  await client.push(QUEUE, '', 'first')
  const [first] = await client.reserve([QUEUE], { lease: 30 })
  await client.push(QUEUE, '', 'poison')
  const doomed = connect()
  await doomed.reserve([QUEUE], { lease: 30 })
  await doomed.close()
  const [unseen] = await client.reserve([QUEUE], { lease: 1, wait: 5 })
  expect([unseen?.data, unseen?.deliveries]).toEqual(['poison', 1])
  const [seen] = await client.reserve([QUEUE], { lease: 30, wait: 5 })
  expect([seen?.data, seen?.deliveries]).toEqual(['poison', 3])
  expect(first?.deliveries).toBe(1)
})

it('is as fresh after a release or a kick as when it was pushed, whatever happened before', async () => {
  const reason = { code: 'ERROR', message: 'no', at: 1, worker: 'w', attempt: 1 }
  const id = await client.push(QUEUE, '', 'one')
  for (const settle of ['release', 'delay', 'kick']) {
    for (const deliveries of [1, 2, 3]) {
      const worker = connect()
      const [taken] = await worker.reserve([QUEUE], { lease: 30, wait: 5 })
      expect([taken?.taskId, taken?.deliveries]).toEqual([id, deliveries])
      if (taken && deliveries === 3) {
        if (settle === 'release') await worker.release(taken)
        else if (settle === 'delay') await worker.release(taken, { delayUntil: Date.now() / 1000 + 0.1 })
        else await worker.bury(taken, reason)
      }
      await worker.close()
    }
  }
  expect(await client.deadLetters.kick(QUEUE, [id])).toBe(1)
  expect(await client.reserve([QUEUE], { lease: 30, wait: 5 })).toMatchObject([{ taskId: id, deliveries: 1 }])
})

it('holds a task for longer than its time to run, as long as the lease lasts', async () => {
  await connect('?ttr=1s').push(QUEUE, '', 'one')
  const worker = connect('?ttr=1s')
  const taken = await worker.reserve([QUEUE], { lease: 4 })
  await pause(2500)
  expect(await client.counts(QUEUE)).toMatchObject({ waiting: 0, running: 1 })
  expect(await worker.ack(taken)).toEqual([])
})

it('takes a task from a worker that has gone silent, which cannot settle it any more', async () => {
  const proxy = await Proxy.to(server.port)
  const silent = new BeanstalkClient(`${server.dsnVia(proxy)}?ttr=1s`)
  clients.push(silent)
  await silent.push(QUEUE, '', 'one')
  const late = await silent.reserve([QUEUE], { lease: 60 })
  proxy.stall()
  const other = connect('?ttr=1s')
  const current = await other.reserve([QUEUE], { lease: 60, wait: 10 })
  expect(current).toMatchObject([{ data: 'one', deliveries: 2 }])
  proxy.resume()
  expect(await silent.ack(late)).toEqual(late)
  expect(await other.ack(current)).toEqual([])
  await silent.close()
  await proxy.close()
})

it('takes a task again that its own process held too long without a sign of life', async () => {
  const worker = connect('?ttr=1s')
  await worker.push(QUEUE, '', 'one')
  const late = await worker.reserve([QUEUE], { lease: 60 })
  // Nothing else in this process has its turn meanwhile.
  spawnSync('sleep', ['2.5'])
  const current = await worker.reserve([QUEUE], { lease: 60, wait: 5 })
  expect(current).toMatchObject([{ data: 'one', deliveries: 2 }])
  expect(await worker.ack(late)).toEqual(late)
  expect(await worker.ack(current)).toEqual([])
})

it('asks the server for nothing while it waits', async () => {
  const commands = async () => {
    const stats = await rawStats(server.port)
    return stats.filter((line) => line.startsWith('cmd-') && !line.startsWith('cmd-stats:'))
  }
  const stop = new AbortController()
  const waits = client.reserve(['a', 'b'], { lease: 30, wait: 60, signal: stop.signal })
  await until(async () => (await rawStats(server.port)).includes('current-waiting: 1'))
  const before = await commands()
  await pause(1500)
  expect(await commands()).toEqual(before)
  stop.abort()
  await waits
})

async function rawStats(port: number): Promise<string[]> {
  const socket = dial(port, '127.0.0.1')
  socket.write('stats\r\nquit\r\n')
  let text = ''
  for await (const chunk of socket) text += String(chunk)
  return text.split('\n')
}
