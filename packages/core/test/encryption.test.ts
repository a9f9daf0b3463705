import fc from 'fast-check'
import { Gator, type GatorOptions, type Payload, RETRYING, SUCCESS, Task } from '../src/index.js'
import { listed } from './listed.js'
import { NEW, OLD, ZippedTask, reasons, signing, stored, workOff } from './sealed.js'
import { add, calls, failFirst, waitAtGate } from './tasks.js'

beforeEach(() => calls.splice(0))

const secretly = (options: GatorOptions = {}) => signing({ encrypt: true, ...options })

describe('encrypted payloads', () => {
  test.each([Task, ZippedTask])('the store holds nothing that can be read (%p)', async (taskClass) => {
    await using gator = secretly({ taskClass })
    await gator.task(waitAtGate, 'my little secret')
    const data = await stored(gator)
    expect(typeof data).toBe(taskClass === Task ? 'string' : 'object')
    const text = Buffer.from(data).toString('latin1')
    expect(text).toMatch(/^encrypted1:[\w-]{8}:/)
    const hidden = [text, Buffer.from(text.slice(20), 'base64url').toString('latin1')].join()
    expect(hidden).not.toMatch(/secret|waitAtGate|task_id/)
    expect((await gator.pop())?.result).toBe('my little secret')
  })

  test('a retry stays encrypted, also by a worker that itself only signs', async () => {
    await using gator = secretly()
    await using worker = new Gator(gator.backend, { secret: OLD })
    await gator.options({ retries: 1, backoff: 0 }).task(failFirst, 'a')
    expect((await worker.pop())?.status).toBe(RETRYING)
    expect(await stored(gator)).toMatch(/^encrypted1:/)
    expect((await worker.pop())?.status).toBe(SUCCESS)
  })

  test('so does a task whose function is unknown', async () => {
    await using gator = secretly()
    await using worker = new Gator(gator.backend, { secret: OLD })
    const text = '{"task_id":"x","retries":0,"is_async":true,"module":"no/such","callable":"f","args":[]}'
    await gator.backend.push('all', 'x', gator.seal(text))
    await expect(worker.pop()).rejects.toMatchObject({ code: 'UNKNOWN_MODULE' })
    const [delayed] = await listed(gator, 'delayed')
    expect(delayed?.data).toMatch(/^encrypted1:/)
    expect(gator.open(delayed?.data ?? '')).toContain('unknown_since')
  })

  test('the same task may be pushed again, and no two tasks share a nonce', async () => {
    await using gator = secretly()
    for (let time = 0; time < 2; time += 1) await gator.push(new Task({ taskId: 'one' }), add, 1, 2)
    expect(await gator.len()).toBe(1)
    const nonceOf = (text: string) => String(gator.seal(text)).slice(20, 36)
    expect(nonceOf('one')).toBe(nonceOf('one'))
    const texts = Array.from({ length: 1000 }, (_, number) => `task ${number}`)
    expect(new Set(texts.map(nonceOf)).size).toBe(1000)
    expect(nonceOf('one')).not.toBe(String(gator.seal('one', 'another')).slice(20, 36))
  })

  test('secrets rotate, and a process without any leaves it to others', async () => {
    await using gator = secretly({ secret: [NEW, OLD] })
    await using former = secretly()
    await using open = new Gator('locmem://')
    expect(gator.open(former.seal('x'))).toBe('x')
    expect(() => open.open(former.seal('x'))).toThrow(expect.objectContaining({ code: 'SECRET_MISSING' }))
    expect(() => former.open(gator.seal('x'))).toThrow('does not have the secret')
  })

  test.each<[string, (sealed: string) => Payload]>([
    ['altered', (sealed) => sealed.slice(0, 40) + (sealed[40] === 'A' ? 'B' : 'A') + sealed.slice(41)],
    ['cut off', (sealed) => sealed.slice(0, -4)],
    ['cut off within its nonce', (sealed) => sealed.slice(0, 25)],
    ['empty', (sealed) => sealed.slice(0, 20)],
    [
      'moved from text to bytes',
      (sealed) =>
        Buffer.concat([Buffer.from(sealed.slice(0, 20)), Buffer.from(sealed.slice(20), 'base64url')]),
    ],
    ['taken for signed', (sealed) => `signed1:${sealed.slice(11, 19)}:${sealed.slice(20, 63)}:${sealed}`],
  ])('what was %s is a dead letter', async (_, forge) => {
    await using gator = secretly()
    await gator.backend.push(
      'all',
      'forged',
      forge(String(gator.seal(new Task().toCall(add, 6, 6).serialize() as string))),
    )
    await gator.task(add, 1, 1)
    await workOff(gator)
    expect(await reasons(gator)).toEqual(['BAD_SIGNATURE'])
    expect(calls).toEqual(['add 1 1'])
  })

  test('no change of a single character, nor of a queue’s name, gives another payload', async () => {
    await using gator = secretly()
    const sealed = String(gator.seal('a payload'))
    const outcome = (data: string, queue = 'all') => {
      try {
        return gator.open(data, queue)
      } catch {
        return 'refused'
      }
    }
    const altered = fc.property(
      fc.nat({ max: sealed.length - 1 }),
      fc.string({ unit: 'binary', maxLength: 2 }),
      (at, text) => {
        const forged = sealed.slice(0, at) + text + sealed.slice(at + 1)
        return ['a payload', 'refused'].includes(String(outcome(forged)))
      },
    )
    const moved = fc.property(fc.string(), (queue) => queue === 'all' || outcome(sealed, queue) === 'refused')
    expect(fc.check(altered).failed || fc.check(moved).failed).toBe(false)
  })

  test('it takes a secret', () => {
    expect(() => new Gator('locmem://', { encrypt: true })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', option: 'encrypt' }),
    )
  })
})
