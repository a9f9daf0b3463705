import { type ClientOptions, Gator, LocmemClient, Worker, registerTasks, silentLogger } from '../src/index.js'

/** Keeps two dead letters, as it says. */
class SmallClient extends LocmemClient {
  override readonly maxDeadLetters: number = 2

  constructor(dsn: string, options?: ClientOptions) {
    super(dsn, options)
  }
}

function fails(): never {
  throw new Error('no')
}
registerTasks('letters', { fails })

async function toldOf(backendClass: typeof LocmemClient, count: number): Promise<unknown[]> {
  await using gator = new Gator('locmem://', { backendClass })
  const told: unknown[] = []
  const line = (text: string) => void told.push(text.replace(/^.*\) /, ''))
  const logger = { ...silentLogger(), error: line }
  const worker = new Worker(gator, { concurrency: 1, maxTasks: count, logger })
  worker.on('worker:overflow', ({ queue, limit }) => void told.push({ queue, limit }))
  await gator.taskMany(
    fails,
    Array.from({ length: count }, () => []),
  )
  await worker.runForever()
  while (backendClass === SmallClient && told.every((one) => typeof one === 'string'))
    await new Promise((resolve) => setImmediate(resolve))
  return told.filter((one) => typeof one === 'object' || /the most that are kept/.test(one as string))
}

test('that a queue holds as many dead letters as are kept is told, once', async () => {
  const line =
    'finds 2 dead letters on queue all, the most that are kept: the oldest are dropped. Retry or drop some, or raise maxDeadLetters.'
  const told = await toldOf(SmallClient, 5)
  expect(told).toEqual([line, { queue: 'all', limit: 2 }])
  expect(await toldOf(LocmemClient, 5)).toEqual([])
})
