import { type Batch, FAILED, type Gator, Task, currentTask, registerTasks } from '../src/index.js'
import { assertQueued, drain, testGator } from '../src/testing.js'

const ran: string[] = []

function note(...words: readonly string[]): void {
  ran.push(words.join(' '))
}
function fail(what: string): never {
  throw new Error(what)
}
function failOnce(what: string): void {
  note(what)
  if (currentTask()?.attempt === 1) throw new Error(what)
}
/** Adds members to the batch that it is a member of. */
async function spread(depth: number): Promise<void> {
  note(`spread ${depth}`)
  const { batch } = currentTask() ?? {}
  if (depth > 0) await batch?.taskMany(spread, [[depth - 1], [depth - 1]])
}
async function makeInner(outcome: 'note' | 'fail'): Promise<void> {
  const { batch } = currentTask() ?? {}
  const inner = outcome === 'note' ? note : fail
  await batch?.batch({ onDone: [note, 'inner done'] }, (b) => b.task(inner, 'inner'))
}
/** Members come and go while this runs. */
async function addLate(): Promise<void> {
  const { batch } = currentTask() ?? {}
  await addLate.gator?.cancelBatch(batch?.id ?? '')
  await batch
    ?.task(note, 'too late')
    .catch((error: unknown) => note(String((error as { code: unknown }).code)))
}
addLate.gator = undefined as Gator | undefined

registerTasks('batches', { note, fail, failOnce, spread, makeInner, addLate })

beforeEach(() => void ran.splice(0))

const CALLBACKS = {
  onSuccess: [note, 'success'],
  onFailure: [note, 'failure', 'told'],
  onDone: [note, 'done'],
} as const

describe('a batch', () => {
  test('calls back once all of its members have succeeded', async () => {
    const gator = testGator()
    const batch = await gator.batch(CALLBACKS, async (b) => {
      await b.task(note, 'one')
      await b.options({ retries: 1, backoff: 0 }).task(failOnce, 'two')
    })
    expect(await gator.lookUpBatch(batch.id)).toMatchObject({ total: 2, pending: 2, isFull: true })
    await drain(gator)
    expect(ran).toEqual(['one', 'two', 'two', 'success', 'done'])
    expect(await gator.lookUpBatch(batch.id)).toMatchObject({ succeeded: 2, endedAt: gator.clock.now() })
  })

  test('tells of a failure, once the others have ended too', async () => {
    const gator = testGator()
    await gator.batch(CALLBACKS, async (b) => {
      await b.task(fail, 'on purpose')
      await b.taskMany(note, [['one'], ['two']])
    })
    await drain(gator, { throws: false })
    expect(ran).toEqual(['one', 'two', 'failure told', 'done'])
  })

  test('without members calls back at once; what it is not asked for it does not call', async () => {
    const gator = testGator()
    await gator.batch({ onSuccess: [note, 'nothing to do'] }, () => undefined)
    await gator.batch({ onFailure: [note, 'never'] }, (b) => b.task(note, 'one'))
    await drain(gator)
    expect(ran).toEqual(['nothing to do', 'one'])
    expect(await gator.len()).toBe(0)
  })

  test('does not end before it is full, whatever has ended', async () => {
    const gator = testGator()
    await gator.batch(CALLBACKS, async (b) => {
      await b.task(note, 'one')
      await drain(gator)
      expect(ran).toEqual(['one'])
      await b.task(note, 'two')
    })
    await drain(gator)
    expect(ran).toEqual(['one', 'two', 'success', 'done'])
  })

  test('is added to by its own members', async () => {
    const gator = testGator()
    const { id } = await gator.batch(CALLBACKS, (b) => b.task(spread, 3))
    await drain(gator)
    expect(ran.slice(-2)).toEqual(['success', 'done'])
    expect(await gator.lookUpBatch(id)).toMatchObject({ total: 15, succeeded: 15, pending: 0 })
  })

  test.each(['note', 'fail'] as const)('within a batch is one of its members (%s)', async (outcome) => {
    const gator = testGator()
    const { id } = await gator.batch(CALLBACKS, (b) => b.task(makeInner, outcome))
    await drain(gator, { throws: false })
    const ends = outcome === 'note' ? ['inner', 'success'] : ['failure told']
    expect([...ran].sort()).toEqual([...ends, 'inner done', 'done'].sort())
    expect(await gator.lookUpBatch(id)).toMatchObject({ total: 2, failed: outcome === 'note' ? 0 : 1 })
  })

  test('that is canceled takes its members along, those of inner ones too, and takes no more', async () => {
    const gator = testGator()
    const batch = await gator.batch(CALLBACKS, async (b) => {
      await b.taskMany(note, [['one'], ['two']])
      await b.batch({ onFailure: [note, 'inner failure'] }, (inner) => inner.task(note, 'three'))
    })
    expect(await gator.cancelBatch(batch.id)).toBe(3)
    await expect(batch.task(note, 'four')).rejects.toMatchObject({ code: 'BATCH_OVER', batchId: batch.id })
    await drain(gator)
    expect(ran.sort()).toEqual(['done', 'failure told', 'inner failure'])
    expect(await gator.lookUpBatch(batch.id)).toMatchObject({ isCanceled: true, failed: 3 })
    expect(await gator.cancelBatch('nobody')).toBe(0)
  })

  test('is refused to a member that was taken away', async () => {
    const gator = testGator()
    addLate.gator = gator
    await gator.batch(CALLBACKS, (b) => b.task(addLate))
    await drain(gator, { throws: false })
    expect(ran).toEqual(['BATCH_OVER', 'failure told', 'done'])
  })

  test('is canceled by what fills it and throws', async () => {
    const gator = testGator()
    const filling = gator.batch(CALLBACKS, async (b) => {
      await b.task(note, 'one')
      throw new Error('the database is away')
    })
    await expect(filling).rejects.toThrow('the database is away')
    await drain(gator)
    expect(ran).toEqual(['failure told', 'done'])
  })

  test('has callbacks with options, through middleware', async () => {
    const gator = testGator()
    gator.use({
      enqueue(tasks, next) {
        for (const task of tasks) task.headers = { 'request-id': '7' }
        return next(tasks)
      },
    })
    await gator.batch({ ...CALLBACKS, options: { retries: 3, delayBy: '1h' } }, (b) => b.task(note, 'one'))
    await drain(gator)
    expect(ran).toEqual(['one'])
    const callback = await assertQueued(gator, note as () => void)
    expect(callback).toMatchObject({ retries: 3, headers: { 'request-id': '7' } })
    await gator.clock.advance('1h')
    await drain(gator)
    expect(ran).toEqual(['one', 'success', 'done'])
  })

  test('runs within the call where its tasks do', async () => {
    const gator = testGator({ inline: true })
    await gator.batch(CALLBACKS, (b) => b.taskMany(note, [['one'], ['two']]))
    expect(ran).toEqual(['one', 'two', 'success', 'done'])
    await expect(gator.batch(CALLBACKS, (b) => b.task(fail, 'here'))).rejects.toThrow('here')
    expect(ran.slice(4)).toEqual(['failure told', 'done'])
  })

  test('with what it cannot have is refused', async () => {
    const gator = testGator()
    const refused = (callbacks: object, fill: unknown = () => undefined) =>
      expect(gator.batch(callbacks, fill as () => undefined)).rejects.toMatchObject({
        code: 'INVALID_OPTION',
      })
    await refused({ onSucess: [note] })
    await refused({ onSuccess: note })
    await refused({ options: { unique: true } })
    await refused({}, 'fill')
    await refused({}, (b: Batch) =>
      b.options({ unique: { key: 'k', onConflict: 'replace' } }).task(note, 'in place of another'),
    )
    expect(await gator.len()).toBe(0)
    // @ts-expect-error The arguments are those of the function.
    await expect(gator.batch({ onSuccess: [fail, 1] }, 'fill' as never)).rejects.toThrow('fill')
  })

  test('of many members is pushed in parts', async () => {
    const gator = testGator()
    const { id } = await gator.batch({ onSuccess: [note, 'all'] }, (b) =>
      b.taskMany(
        note,
        Array.from({ length: 2500 }, (_, at) => [String(at)] as const),
      ),
    )
    expect(await gator.lookUpBatch(id)).toMatchObject({ total: 2500 })
    await drain(gator)
    expect([ran.length, ran.at(-1)]).toEqual([2501, 'all'])
  })
})

describe('a task that depends on others', () => {
  test('is not looked at while it waits', async () => {
    const gator = testGator()
    const first = await gator.options({ delayBy: '1h' }).task(note, 'first')
    const second = await gator.options({ dependsOn: first }).task(note, 'second')
    await gator.clock.advance(60)
    expect(await drain(gator)).toEqual([])
    expect(await gator.expedite(second.taskId)).toBe(false)
    expect(await gator.get(second.taskId)).toBeUndefined()
    await gator.clock.advance('1h')
    await drain(gator)
    expect(ran).toEqual(['first', 'second'])
  })

  test('is dead at once when one has failed, while others go on', async () => {
    const gator = testGator()
    const slow = await gator.options({ delayBy: '1h' }).task(note, 'slow')
    const doomed = await gator.task(fail, 'on purpose')
    await gator.options({ dependsOn: [slow, doomed] }).task(note, 'never')
    const tasks = await drain(gator, { throws: false })
    expect(tasks.map(({ status }) => status)).toEqual([FAILED, FAILED])
    const [dead] = (await gator.backend.listing?.list(gator.queueName, 'dead'))?.tasks.slice(1) ?? []
    expect(dead?.reason?.code).toBe('DEPENDENCY_FAILED')
  })

  test('is dead at once when one was canceled, while others go on', async () => {
    const gator = testGator()
    const [slow, doomed] = [new Task({ delayBy: '1h' }), new Task({ delayBy: '1h' })]
    for (const task of [slow, doomed]) await gator.push(task, note, 'later')
    await gator.options({ dependsOn: [slow, doomed] }).task(note, 'never')
    await gator.cancel(doomed.taskId)
    await expect(drain(gator)).rejects.toMatchObject({ cause: { code: 'DEPENDENCY_FAILED' } })
  })

  test('runs all the same with onFailedDependency, once all have ended', async () => {
    const gator = testGator()
    const slow = await gator.options({ delayBy: '1h' }).task(note, 'slow')
    const doomed = await gator.task(fail, 'on purpose')
    const canceled = await gator.task(note, 'canceled')
    const dependsOn = [slow, doomed, canceled]
    const options = { dependsOn, onFailedDependency: 'run' } as const
    await gator.options(options).task(note, 'clean up')
    await gator.cancel(canceled.taskId)
    await drain(gator, { throws: false })
    expect(ran).toEqual([])
    await gator.clock.advance('1h')
    await drain(gator)
    expect(ran).toEqual(['slow', 'clean up'])
    await gator.options({ dependsOn: doomed.taskId, onFailedDependency: 'run' }).task(note, 'again')
    await drain(gator)
    expect(ran.at(-1)).toBe('again')
    const wrong = { onFailedDependency: 'stop' as 'run' }
    expect(() => gator.options(wrong)).toThrow("Pass 'fail' or 'run'")
  })

  test('of one push with it may come before it', async () => {
    const gator = testGator()
    const first = new Task().toCall(note, 'first')
    const second = new Task({ dependsOn: first }).toCall(note, 'second')
    await gator.pushMany([second, first])
    await drain(gator)
    expect(ran).toEqual(['first', 'second'])
  })
})
