import type { SqsClient, SqsClientOptions } from '../src/index.js'
import { Emulator } from './emulator.js'
import { Interceptor, type WireBody } from './interceptor.js'

let emulator: Emulator
let interceptor: Interceptor

beforeAll(async () => {
  emulator = await Emulator.start()
  interceptor = await Interceptor.to(emulator.endpoint)
})
beforeEach(() => {
  interceptor.fate = () => undefined
})
afterAll(async () => {
  await emulator.close()
  await interceptor.close()
})

/** A client whose requests go through the interceptor. */
function open(options: SqsClientOptions = {}): SqsClient {
  return emulator.client(options, emulator.sdk(undefined, interceptor.endpoint))
}

async function errorOf(promise: Promise<unknown>): Promise<{ code: string; message: string }> {
  const outcome = await promise.then(
    (value) => ({ code: 'none', message: String(value) }),
    (error: unknown) => error as { code: string; message: string },
  )
  return outcome
}

const failure = (name: string, status = 400) => ({
  status,
  body: { __type: `com.amazonaws.sqs#${name}`, message: `${name} happens` },
})

describe('a queue that cannot be used says why, and what to do', () => {
  test('one that does not exist', async () => {
    const client = open({ createQueues: false })
    for (const call of [
      () => client.push('none', 'one', 'x'),
      () => client.reserve(['none'], { lease: 30 }),
    ]) {
      const error = await errorOf(call())
      expect(error.code).toBe('STORE_UNUSABLE')
      expect(error.message).toContain(`aws sqs create-queue --queue-name ${emulator.prefix}none`)
    }
    expect((await errorOf(client.push('none.fifo', 'one', 'x'))).message).toContain('FifoQueue=true')
    const waiting = client.reserve(['none'], { lease: 30, wait: 5 })
    expect((await errorOf(waiting)).code).toBe('STORE_UNUSABLE')
    // Somebody creates it, and the same client goes on.
    await emulator.queue('none')
    await client.push('none', 'one', 'x')
    expect((await client.counts('none')).dead).toBe(0)
  })

  test('a dead-letter queue that does not exist loses no task', async () => {
    await emulator.queue('no-dead')
    const client = open({ createQueues: false })
    await client.push('no-dead', 'one', 'x')
    const [delivery] = await client.reserve(['no-dead'], { lease: 30 })
    if (!delivery) throw new Error('a pushed task is handed out')
    const reason = { code: 'ERROR', message: '', at: 1, worker: 'w', attempt: 1 }
    const error = await errorOf(client.bury(delivery, reason))
    expect(error).toMatchObject({ code: 'STORE_UNUSABLE', message: expect.stringContaining('no-dead-dead') })
    expect(await client.deadLetters.kick('no-dead')).toBe(0)
    expect(await client.release(delivery)).toBe(true)
  })

  test('a name that SQS does not allow', async () => {
    const client = open()
    for (const name of ['a b', 'ü', 'a.b', 'x'.repeat(81), 'a.fifo.fifo']) {
      const error = await errorOf(client.push(name, 'one', 'x'))
      expect(error).toMatchObject({
        code: 'INVALID_OPTION',
        message: expect.stringContaining('letters, digits'),
      })
    }
  })

  test('access that is denied names the permission', async () => {
    const client = open()
    await client.push('denied', 'one', 'x')
    interceptor.fate = () => failure('AccessDeniedException')
    const error = await errorOf(client.push('denied', 'two', 'x'))
    expect(error).toMatchObject({
      code: 'STORE_UNUSABLE',
      message: expect.stringContaining('Allow sqs:SendMessage '),
    })
    interceptor.fate = () => failure('UnrecognizedClientException')
    expect((await errorOf(client.push('denied', 'two', 'x'))).message).toContain('credentials')
  })
})

describe('a service that is away', () => {
  test('is tried again while it throttles or fails, and then reported', async () => {
    const client = open()
    await client.push('away', 'one', 'x')
    for (const [name, status] of [
      ['ThrottlingException', 400],
      ['InternalFailure', 500],
    ] as const) {
      let left = 1
      interceptor.fate = () => (left-- > 0 ? failure(name, status) : undefined)
      await client.push('away', 'two', 'x')
      expect(left).toBeLessThan(0)
      interceptor.fate = () => failure(name, status)
      const error = await errorOf(client.push('away', 'two', 'x'))
      expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', message: expect.stringContaining(name) })
    }
  })

  test('is reported when nobody listens, and used again when somebody does', async () => {
    const client = emulator.client()
    await client.push('killed', 'one', 'x')
    await emulator.server.stop('SIGKILL')
    expect(await errorOf(client.push('killed', 'two', 'x'))).toMatchObject({ code: 'STORE_UNAVAILABLE' })
    expect(await errorOf(client.reserve(['killed'], { lease: 30 }))).toMatchObject({
      code: 'STORE_UNAVAILABLE',
    })
    await emulator.server.start()
    // Its memory is gone, and with it the queue.
    await client.push('killed', 'three', 'x')
    expect(await client.reserve(['killed'], { lease: 30 })).toMatchObject([{ data: 'x' }])
  })

  test('does not hide what was taken before it failed', async () => {
    const client = open()
    for (const queue of ['first', 'second']) await client.push(queue, 'one', queue)
    const receives: string[] = []
    interceptor.fate = (operation, { QueueUrl }) => {
      if (operation !== 'ReceiveMessage') return undefined
      receives.push(String(QueueUrl))
      return receives.length === 2 ? failure('AccessDenied') : undefined
    }
    const taken = await client.reserve(['first', 'second'], { lease: 30, limit: 10 })
    expect(taken.map(({ data }) => data)).toEqual(['first'])
    interceptor.fate = (operation) => (operation === 'ReceiveMessage' ? failure('AccessDenied') : undefined)
    await expect(client.reserve(['second'], { lease: 30, limit: 10 })).rejects.toMatchObject({
      code: 'STORE_UNUSABLE',
    })
  })

  test('ends a wait with an error', async () => {
    const client = open()
    const waiting = errorOf(client.reserve(['cut'], { lease: 30, wait: 20 }))
    interceptor.fate = (operation) => (operation === 'ReceiveMessage' ? 'cut' : undefined)
    expect((await waiting).code).toBe('STORE_UNAVAILABLE')
  })

  test('does not lose or hide what a cut connection may have done', async () => {
    const client = open()
    await client.push('doubt', 'one', 'x')
    let left = 1
    interceptor.fate = (operation) =>
      operation === 'SendMessageBatch' && left-- > 0 ? 'cut the answer' : undefined
    await twice(() => client.push('doubt', 'two', 'y'))
    const taken = await client.reserve(['doubt'], { lease: 30, limit: 10 })
    expect(new Set(taken.map(({ data }) => data))).toEqual(new Set(['x', 'y']))
    left = 1
    interceptor.fate = (operation) =>
      operation === 'DeleteMessageBatch' && left-- > 0 ? 'cut the answer' : undefined
    expect(await twice(() => client.ack(taken))).toEqual([])
    expect(await client.counts('doubt')).toMatchObject({ waiting: 0, running: 0 })
  })

  /** Again, when it is not known whether it was done: what the engine does. */
  const twice = async <T>(step: () => Promise<T>): Promise<T> =>
    step().catch((error: unknown) => {
      expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE' })
      return step()
    })

  test('that is silent gets no more than its time, and nothing hangs', async () => {
    const client = open()
    await client.push('silent-service', 'one', 'x')
    interceptor.fate = () => 'silence'
    const error = await errorOf(client.push('silent-service', 'two', 'x'))
    expect(error.code).toBe('STORE_UNAVAILABLE')
    interceptor.fate = () => undefined
    await client.push('silent-service', 'three', 'x')
  })
})

describe('a batch of which a part fails', () => {
  /** Lets some entries of the next batch fail, and none of later ones. */
  function failOnce(operation: string, answer: (body: WireBody) => object): void {
    let isNext = true
    interceptor.fate = (name, body) => {
      if (name !== operation || !isNext) return undefined
      isNext = false
      return { status: 200, body: answer(body) }
    }
  }
  const failed = (Code: string, SenderFault: boolean) => (body: WireBody) => ({
    Successful: [],
    Failed: body.Entries?.map(({ Id }) => ({ Id, Code, SenderFault, Message: 'it failed' })),
  })

  test('is repeated for that part, when it was not at fault', async () => {
    const client = open()
    await client.push('part', 'warm', 'x')
    failOnce('SendMessageBatch', failed('InternalError', false))
    await client.pushMany('part', [
      { taskId: 'one', data: '1' },
      { taskId: 'two', data: '2' },
    ])
    const taken = await client.reserve(['part'], { lease: 30, limit: 10 })
    expect(taken).toHaveLength(3)
    failOnce('DeleteMessageBatch', failed('InternalError', false))
    expect(await client.ack(taken)).toEqual([])
    expect(await client.counts('part')).toMatchObject({ running: 0 })
  })

  test('says what was at fault', async () => {
    const client = open()
    await client.push('fault', 'warm', 'x')
    failOnce('SendMessageBatch', failed('InvalidMessageContents', true))
    const error = await errorOf(client.push('fault', 'one', 'x'))
    expect(error).toMatchObject({ code: 'STORE_UNUSABLE', message: expect.stringContaining('it failed') })
  })

  test('is not done where the answer does not tell of it', async () => {
    const client = open()
    await client.push('silent', 'warm', 'x')
    interceptor.fate = (name) => (name === 'SendMessageBatch' ? { status: 200, body: {} } : undefined)
    expect(await errorOf(client.push('silent', 'one', 'x'))).toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })

  test('tells what is no longer held from what is', async () => {
    const client = open()
    await client.pushMany('held', [
      { taskId: 'one', data: '1' },
      { taskId: 'two', data: '2' },
    ])
    const [one, two] = await client.reserve(['held'], { lease: 30, limit: 10 })
    if (!one || !two) throw new Error('both are due')
    failOnce('ChangeMessageVisibilityBatch', (body) => ({
      Successful: [{ Id: body.Entries?.[0]?.Id }],
      Failed: [
        { Id: body.Entries?.[1]?.Id, Code: 'AWS.SimpleQueueService.MessageNotInflight', SenderFault: true },
      ],
    }))
    expect(await client.extend([one, two], 60)).toEqual([two])
    expect(await client.ack([one, two])).toEqual([two])
  })
})

describe('the end of a client', () => {
  test('close waits for what is under way', async () => {
    const client = open()
    const pushes = Array.from({ length: 30 }, (_, at) => client.push('closing', `task-${at}`, 'x'))
    await client.close()
    await Promise.all(pushes)
    expect((await open().counts('closing')).waiting).toBe(30)
  })

  test("close leaves the app's own client open", async () => {
    const sdk = emulator.sdk()
    const client = emulator.client({}, sdk)
    await client.push('own', 'one', 'x')
    await client.close()
    const other = emulator.client({}, sdk)
    expect(await other.reserve(['own'], { lease: 30 })).toHaveLength(1)
  })
})
