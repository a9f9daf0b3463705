import {
  Gator,
  RETRYING,
  SUCCESS,
  Task,
  type TaskHeaders,
  currentTask,
  hasCode,
  registerTasks,
} from '../src/index.js'
import { ZippedTask, signing, stored, workOff } from './sealed.js'

/** The headers that each try saw. */
const seen: TaskHeaders[] = []
beforeEach(() => seen.splice(0))

function note(): void {
  seen.push(currentTask()?.headers ?? {})
}
function noteAndFail(): void {
  note()
  throw new Error('it fails')
}
registerTasks('noting', { note, noteAndFail })

const TRACE = {
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  tenant: 'Größe "1"\n',
}

describe('headers travel with their task', () => {
  test.each([Task, ZippedTask])('to its function, and through its retries (%p)', async (taskClass) => {
    await using gator = new Gator('locmem://', { taskClass })
    await gator.options({ headers: TRACE, retries: 1, backoff: 0 }).task(noteAndFail)
    expect((await gator.pop())?.status).toBe(RETRYING)
    await expect(gator.pop()).rejects.toMatchObject({ code: 'TASK_FAILED' })
    expect(seen.map((headers) => ({ ...headers }))).toEqual([TRACE, TRACE])
  })

  test('what a try sets is what the next one has', async () => {
    await using gator = new Gator('locmem://')
    function count(): void {
      const task = currentTask()
      if (task) task.headers = { ...task.headers, tries: `${task.attempt}` }
      noteAndFail()
    }
    registerTasks('headers that count', { count })
    await gator.options({ headers: { tenant: 'a' }, retries: 1, backoff: 0 }).task(count)
    await workOff(gator)
    expect(seen.map(({ tenant, tries }) => [tenant, tries])).toEqual([
      ['a', '1'],
      ['a', '2'],
    ])
  })

  test('in this process too, with isAsync: false', async () => {
    await using gator = new Gator('locmem://')
    const task = await gator.options({ headers: TRACE, isAsync: false }).task(note)
    expect(task.status).toBe(SUCCESS)
    expect({ ...seen[0] }).toEqual(TRACE)
  })

  test('while no worker knows its function', async () => {
    await using gator = new Gator('locmem://')
    const task = new Task({ headers: TRACE })
    task.context = gator.context
    const text = String(await task.toCall(note).serialize()).replace('"note"', '"notYet"')
    await gator.backend.push('all', 'x', text)
    await expect(gator.pop()).rejects.toMatchObject({ code: 'UNKNOWN_MODULE' })
    registerTasks('noting', { notYet: note })
    await gator.get('x')
    expect({ ...seen[0] }).toEqual(TRACE)
  })

  test('signed with the rest', async () => {
    await using gator = signing()
    await gator.options({ headers: { tenant: 'one' } }).task(note)
    const forged = String(await stored(gator)).replace('"tenant":"one"', '"tenant":"two"')
    await gator.backend.push('all', 'forged', forged)
    await expect(gator.get('forged')).rejects.toMatchObject({ code: 'BAD_SIGNATURE' })
    await gator.pop()
    expect(seen.map(({ tenant }) => tenant)).toEqual(['one'])
  })

  test('encrypted with the rest', async () => {
    await using gator = signing({ encrypt: true })
    await gator.options({ headers: { tenant: 'number one' } }).task(note)
    expect(await stored(gator)).not.toContain('number')
    await gator.pop()
    expect(seen.map(({ tenant }) => tenant)).toEqual(['number one'])
  })
})

describe('what no task has costs nothing', () => {
  test.each([undefined, {}, { tenant: undefined }])('headers %j are no byte', (headers) => {
    const task = new Task({ taskId: 'x', headers })
    expect(task.toCall(note).serialize()).toBe(new Task({ taskId: 'x' }).toCall(note).serialize())
    expect(task.serialize()).not.toContain('headers')
    expect(task.headers).toBe(new Task().headers)
  })

  test('they can be taken off again', () => {
    const task = new Task({ headers: { tenant: 'a', 'request-id': 'b' } })
    task.headers = { ...task.headers, tenant: undefined }
    expect(Object.keys(task.headers)).toEqual(['request-id'])
  })
})

describe('what headers cannot be is refused where it is set', () => {
  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`h${at}`, '']))
  const large = (bytes: number) => ({ a: 'x'.repeat(4096), b: 'x'.repeat(bytes - 4096 - 3), c: '' })

  test.each([
    ['text', 'tenant=a', 'Option headers cannot be "tenant=a". Pass an object of text by name'],
    ['nothing', null, 'Option headers cannot be null. Pass an object'],
    ['a Map', new Map([['tenant', 'a']]), 'Object.fromEntries makes one.'],
    ['those of fetch', new Headers({ tenant: 'a' }), 'Object.fromEntries makes one.'],
    ['a list', [['tenant', 'a']], 'Object.fromEntries makes one.'],
    ['65 of them', many(65), 'Option headers (their number) cannot be 65. Pass at most 64.'],
    ['a number', { tenant: 5 }, 'Option headers["tenant"] cannot be 5. Pass text, such as String(value)'],
    ['null within', { tenant: null }, 'Option headers["tenant"] cannot be null. Pass text'],
    ['a capital', { Tenant: 'a' }, 'Option headers["Tenant"] cannot be "a". Write its name in lower case.'],
    ['no name', { '': 'a' }, 'Option headers[""] cannot be "a". Name it with 1 to 128 of a-z, 0-9'],
    ['a space', { 'my tenant': 'a' }, 'Name it with 1 to 128 of'],
    ['a line', { 'a\nb': 'a' }, 'Option headers["a\\nb"]'],
    ['a long name', { ['x'.repeat(129)]: 'a' }, 'Name it with 1 to 128 of'],
    ['__proto__', JSON.parse('{"__proto__":"a"}'), 'the first of them a letter or a digit.'],
    ['a long text', { tenant: 'x'.repeat(4097) }, 'Pass at most 4096 bytes: an id in place of the data.'],
    ['a long text in bytes', { tenant: 'ö'.repeat(2049) }, 'Pass at most 4096 bytes'],
    ['too much', large(8193), 'Option headers (their bytes) cannot be 8193. Pass at most 8192'],
  ])('%s', async (_, given: unknown, message) => {
    const headers = given as TaskHeaders
    const thrown = (step: () => unknown): unknown => {
      try {
        return step()
      } catch (error) {
        return error
      }
    }
    const task = new Task()
    for (const error of [thrown(() => new Task({ headers })), thrown(() => (task.headers = headers))]) {
      expect(hasCode(error, 'INVALID_OPTION') && error.message).toContain(message)
    }
    expect(task.headers).toBe(new Task().headers)
    await using gator = new Gator('locmem://')
    await expect(gator.options({ headers }).task(note)).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    expect(await gator.len()).toBe(0)
  })

  test('the most that they can be arrives', async () => {
    await using gator = new Gator('locmem://')
    const most = [many(64), large(8192), { ['x'.repeat(128)]: 'ö'.repeat(2048), '0.a_b-c': '' }]
    for (const headers of most) await gator.options({ headers }).task(note)
    await workOff(gator)
    expect(seen.map((headers) => ({ ...headers }))).toEqual(most)
  })

  test('nor can they be changed in place, or by whoever gave them', () => {
    const given: Record<string, string> = { tenant: 'a' }
    const task = new Task({ headers: given })
    given['tenant'] = 5 as unknown as string
    expect(() => ((task.headers as Record<string, string>)['tenant'] = 'b')).toThrow(TypeError)
    expect({ ...task.headers }).toEqual({ tenant: 'a' })
  })

  test('nothing is found in them that they do not hold', () => {
    const polluted = Object.prototype as { tenant?: string }
    polluted.tenant = 'somebody else'
    try {
      for (const task of [new Task(), new Task({ headers: { region: 'eu' } })]) {
        expect(task.headers['tenant']).toBeUndefined()
        expect(task.headers['constructor']).toBeUndefined()
        expect(task.toCall(note).serialize()).not.toContain('tenant')
      }
    } finally {
      delete polluted.tenant
    }
  })
})
