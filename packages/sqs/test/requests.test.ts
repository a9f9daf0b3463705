import type { Delivery } from '@alligator/core'
import type { SqsClient, SqsClientOptions } from '../src/index.js'
import { Emulator, type SentRequest } from './emulator.js'

let emulator: Emulator
let sent: SentRequest[]

beforeAll(async () => {
  emulator = await Emulator.start()
})
beforeEach(() => {
  sent = []
})
afterAll(() => emulator.close())

function open(options: SqsClientOptions = {}): SqsClient {
  return emulator.client(
    options,
    emulator.sdk((request) => sent.push(request)),
  )
}

const named = (name: string) => sent.filter((request) => request.name === name).map(({ input }) => input)
const sizes = (name: string) => named(name).map((input) => (input['Entries'] as unknown[]).length)
const fields = (name: string, field: string) =>
  named(name).flatMap((input) =>
    ((input['Entries'] as Record<string, unknown>[] | undefined) ?? [input]).map((entry) => entry[field]),
  )
const items = (count: number, data = 'x') =>
  Array.from({ length: count }, (_, at) => ({ taskId: `task-${at}`, data }))

async function takeAll(client: SqsClient, queue: string, count: number): Promise<Delivery[]> {
  const taken: Delivery[] = []
  while (taken.length < count)
    taken.push(...(await client.reserve([queue], { lease: 30, limit: count, wait: 5 })))
  return taken
}

describe('requests carry as much as they can', () => {
  test('a batch is sent, taken and deleted by tens', async () => {
    const client = open()
    await client.pushMany('tens', items(25))
    expect(sizes('SendMessageBatch')).toEqual([10, 10, 5])
    const taken = await takeAll(client, 'tens', 25)
    expect(await client.ack(taken)).toEqual([])
    expect(sizes('DeleteMessageBatch')).toEqual([10, 10, 5])
    expect(fields('ReceiveMessage', 'MaxNumberOfMessages').every((limit) => Number(limit) <= 10)).toBe(true)
  })

  test('calls of one turn share requests, and one alone is sent alone', async () => {
    const client = open()
    await client.push('turn', 'first', 'x')
    expect(sizes('SendMessageBatch')).toEqual([1])
    await Promise.all(items(20).map(({ taskId, data }) => client.push('turn', taskId, data)))
    expect(sizes('SendMessageBatch')).toEqual([1, 10, 10])
    const taken = await takeAll(client, 'turn', 21)
    await Promise.all(taken.slice(0, 10).map((delivery) => client.ack([delivery])))
    expect(sizes('DeleteMessageBatch')).toEqual([10])
    await client.extend(taken.slice(10), 60)
    expect(sizes('ChangeMessageVisibilityBatch')).toEqual([10, 1])
  })

  test('a batch holds no more bytes than SQS takes', async () => {
    const client = open()
    await client.pushMany('bytes', items(5, 'x'.repeat(300_000)))
    expect(sizes('SendMessageBatch')).toEqual([3, 2])
    expect(await takeAll(client, 'bytes', 5)).toHaveLength(5)
  })

  test('a full queue is received from by several requests at once, an idle one by one', async () => {
    const client = open()
    await client.pushMany('many', items(60))
    await client.reserve(['many'], { lease: 30, limit: 40, wait: 5 })
    expect(named('ReceiveMessage')).toHaveLength(1)
    const taken = await client.reserve(['many'], { lease: 30, limit: 40, wait: 5 })
    expect(taken).toHaveLength(40)
    expect(named('ReceiveMessage')).toHaveLength(5)
  })

  test('at full load a task costs 0.3 requests', async () => {
    const client = open()
    await client.push('load', 'warm', 'x')
    await client.ack(await client.reserve(['load'], { lease: 30, wait: 5 }))
    sent = []
    await client.pushMany('load', items(100))
    for (let done = 0; done < 100;)
      done += (await finish(client, await client.reserve(['load'], { lease: 30, limit: 10, wait: 5 }))).length
    expect(sent.length).toBeLessThanOrEqual(35)
  })

  const finish = async (client: SqsClient, taken: Delivery[]) => {
    await client.ack(taken)
    return taken
  }
})

describe('waiting costs one request for each long poll', () => {
  test('a wait is one request of 20 s', async () => {
    const client = open({ longPoll: 20 })
    const stop = new AbortController()
    const waiting = client.reserve(['idle'], { lease: 30, limit: 100, wait: 30, signal: stop.signal })
    await received(() => named('ReceiveMessage').length > 0)
    expect(fields('ReceiveMessage', 'WaitTimeSeconds')).toEqual([20])
    stop.abort()
    expect(await waiting).toEqual([])
    // Its request goes on, and serves the next who waits.
    const next = client.reserve(['idle'], { lease: 30, limit: 100, wait: 30 })
    await client.push('idle', 'one', 'x')
    expect(await next).toHaveLength(1)
    expect(named('ReceiveMessage')).toHaveLength(1)
  })

  test('one who waits again and again makes no more requests than long polls', async () => {
    const client = open()
    const end = performance.now() + 3500
    while (performance.now() < end) await client.reserve(['a', 'b'], { lease: 30, limit: 10, wait: 1 })
    // The first look, then one request a second for each queue.
    expect(named('ReceiveMessage').length).toBeLessThanOrEqual(2 + 2 * 5)
  })

  test('what came for nobody is put back', async () => {
    const client = open({ longPoll: 5 })
    const stop = new AbortController()
    const waiting = client.reserve(['gone'], { lease: 600, wait: 30, signal: stop.signal })
    await received(() => named('ReceiveMessage').length > 0)
    stop.abort()
    await waiting
    const other = emulator.client()
    await other.push('gone', 'one', 'x')
    expect(await other.reserve(['gone'], { lease: 30, wait: 5 })).toHaveLength(1)
    expect(fields('ChangeMessageVisibilityBatch', 'VisibilityTimeout')).toEqual([0])
  })

  /** Resolves when something is so; the test's own time limit ends it. */
  const received = async (isSo: () => boolean) => {
    while (!isSo()) await new Promise((resolve) => setImmediate(resolve))
  }
})

describe('nothing is asked for that SQS would refuse', () => {
  test('no delay of more than 15 minutes', async () => {
    const client = open()
    await client.push('delays', 'later', 'x', Date.now() / 1000 + 86_400)
    await client.push('delays', 'soon', 'x', Date.now() / 1000 + 10.5)
    await client.push('delays', 'now', 'x', Date.now() / 1000 - 10)
    expect(fields('SendMessageBatch', 'DelaySeconds')).toEqual([900, 11, 0])
  })

  test('no lease of more than 12 hours, nor of a part of a second', async () => {
    const client = open()
    await expect(client.reserve(['leases'], { lease: 43_201 })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
    })
    await client.push('leases', 'one', 'x')
    const [delivery] = await client.reserve(['leases'], { lease: 29.2 })
    if (!delivery) throw new Error('a pushed task is handed out')
    expect(await client.extend([delivery], 100_000)).toEqual([])
    expect(fields('ReceiveMessage', 'VisibilityTimeout')).toEqual([30])
    const [extended] = fields('ChangeMessageVisibilityBatch', 'VisibilityTimeout')
    expect(extended).toBeGreaterThan(43_190)
    expect(extended).toBeLessThan(43_200)
  })

  test('no message is deleted with a receipt that does not hold it', async () => {
    const client = open()
    await client.push('receipts', 'one', 'x')
    const [delivery] = await client.reserve(['receipts'], { lease: 30 })
    if (!delivery) throw new Error('a pushed task is handed out')
    const forged = { ...delivery, receipt: 'forged' }
    expect(await client.ack([forged])).toEqual([forged])
    expect(await client.ack([delivery])).toEqual([])
    expect(await client.ack([delivery])).toEqual([delivery])
    expect(fields('DeleteMessageBatch', 'ReceiptHandle')).toEqual([delivery.receipt])
  })

  test('no queue is purged twice in a minute', async () => {
    const client = open()
    await client.push('purged', 'one', 'x')
    await client.dropAll('purged')
    await client.dropAll('purged')
    await client.push('purged', 'two', 'x')
    await expect(client.dropAll('purged')).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('once'),
    })
    expect(named('PurgeQueue')).toHaveLength(1)
  })

  test('no body is empty or has characters that SQS refuses', async () => {
    const client = open()
    const data = ['', '\0', '🐊', '\ud800', new Uint8Array(), new Uint8Array([0, 255])]
    for (const [at, each] of data.entries()) await client.push('bodies', `task-${at}`, each)
    for (const body of fields('SendMessageBatch', 'MessageBody')) expect(body).toMatch(/^[\w+/=-]+$/)
    const taken = await takeAll(client, 'bodies', data.length)
    expect(new Set(taken.map((delivery) => delivery.data))).toEqual(new Set(data))
  })

  test('no message is sent that is larger than its queue takes', async () => {
    await emulator.queue('small', { MaximumMessageSize: '2048' })
    const client = open()
    await client.push('small', 'fits', 'x'.repeat(2048))
    const error = { code: 'PAYLOAD_TOO_LARGE', size: 2049, limit: 2048 }
    await expect(client.push('small', 'large', 'x'.repeat(2049))).rejects.toMatchObject(error)
    await expect(
      client.pushMany('small', [...items(1), { taskId: 'large', data: 'x'.repeat(3000) }]),
    ).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' })
    expect(sizes('SendMessageBatch')).toEqual([1])
  })
})
