import crypto from 'node:crypto'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import {
  type Awaitable,
  Client,
  Gator,
  type Payload,
  RETRYING,
  SUCCESS,
  Task,
  hasCode,
} from '../src/index.js'
import { makeKeys } from '../src/wire/sealing/keyring.js'
import { VirtualClock } from '../src/testing.js'
import { listed } from './listed.js'
import { NEW, OLD, ZippedTask, reasons, signing, stored, workOff } from './sealed.js'
import { add, calls, failFirst } from './tasks.js'

beforeEach(() => calls.splice(0))

describe('with a secret', () => {
  test('a payload is text that people can read, behind its signature', async () => {
    await using gator = signing()
    await gator.task(add, 1, 2)
    expect(await stored(gator)).toMatch(/^signed1:[\w-]{8}:[\w-]{43}:\{"task_id":.*"args":\[1,2\]\}$/)
    expect((await gator.pop())?.result).toBe(3)
  })

  test('without one it is as it always was', async () => {
    await using gator = new Gator('locmem://')
    await gator.task(add, 1, 2)
    expect(await stored(gator)).toMatch(/^\{"task_id"/)
  })

  test('tasks of a class that writes bytes run too', async () => {
    await using gator = signing({ taskClass: ZippedTask })
    await gator.task(add, 1, 2)
    expect(Buffer.from((await stored(gator)) as Uint8Array).toString('latin1')).toMatch(/^signed1:/)
    expect((await gator.pop())?.result).toBe(3)
  })

  test.each([Task, ZippedTask])('a retry and an unknown function are signed anew (%p)', async (taskClass) => {
    const clock = new VirtualClock()
    await using gator = signing({ taskClass, clock })
    await gator.options({ retries: 1, backoff: 0 }).task(failFirst, 'a')
    expect((await gator.pop())?.status).toBe(RETRYING)
    expect((await gator.pop())?.status).toBe(SUCCESS)
    const text = '{"task_id":"x","retries":0,"is_async":true,"module":"no/such","callable":"f","args":[]}'
    await gator.backend.push('all', 'x', gator.seal(taskClass === Task ? text : gzipSync(text)))
    for (let time = 0; time < 2; time += 1) {
      await expect(gator.pop()).rejects.toMatchObject({ code: 'UNKNOWN_MODULE' })
      await clock.advance('1m')
    }
    const [delayed] = await listed(gator, 'waiting')
    const marked = String(gator.open(delayed?.data ?? '')).includes('unknown_since')
    expect(marked).toBe(taskClass === Task)
  })

  test('the same task may be pushed again, as after an answer that got lost', async () => {
    await using gator = signing()
    for (let time = 0; time < 2; time += 1) await gator.push(new Task({ taskId: 'one' }), add, 1, 2)
    expect(await gator.len()).toBe(1)
  })

  test('a backend of five methods finds the id behind the signature', async () => {
    const tasks: Payload[] = []
    class ArrayClient extends Client {
      len = () => tasks.length
      dropAll = () => undefined
      push(_queue: string, id: string, data: Payload): string {
        tasks.push(data)
        return id
      }
      pop = () => tasks.shift()
      get = () => undefined
    }
    await using gator = new Gator(new ArrayClient('array://'), { secret: OLD })
    const { taskId } = await gator.task(add, 1, 2)
    expect(await gator.backend.reserve(['all'], { lease: 1 })).toMatchObject([{ taskId }])
  })

  test('the size that a store takes counts the signature', async () => {
    await using gator = signing()
    const { taskId } = await gator.task(add, 1, 2)
    const size = (await stored(gator)).length
    await gator.cancel(taskId)
    const limit = (maxPayload: number) =>
      Object.defineProperty(gator.backend, 'maxPayload', { value: maxPayload, configurable: true })
    limit(size - 1)
    await expect(gator.task(add, 1, 2)).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE', size })
    limit(size)
    await gator.task(add, 1, 2)
  })
})

describe('what is not genuine becomes a dead letter, unrun, and the worker goes on', () => {
  const unsigned = new Task({ taskId: 'plain' }).toCall(add, 6, 6).serialize() as string

  const alteredBytes = () => {
    const sealed = Buffer.from(signing().seal(Buffer.from(unsigned)) as Uint8Array)
    return Buffer.from(sealed.toString('latin1').replace('[6,6]', '[6,7]'), 'latin1')
  }

  async function expectDead(gator: Gator, data: Payload, code: string): Promise<void> {
    await gator.backend.push(gator.queueName, 'forged', data)
    await gator.task(add, 1, 1)
    await workOff(gator)
    expect(await reasons(gator)).toEqual([code])
    expect(calls).toEqual(['add 1 1'])
  }

  test.each<[string, (sealed: string) => Payload, string]>([
    ['unsigned', () => unsigned, 'UNSIGNED_PAYLOAD'],
    ['not even JSON', () => '[[[', 'UNSIGNED_PAYLOAD'],
    ['empty', () => '', 'UNSIGNED_PAYLOAD'],
    ['no bytes', () => new Uint8Array(), 'UNSIGNED_PAYLOAD'],
    ['unsigned bytes', () => Buffer.from(unsigned), 'UNSIGNED_PAYLOAD'],
    ['bytes that were altered', () => alteredBytes(), 'BAD_SIGNATURE'],
    ['with other arguments', (sealed) => sealed.replace('[6,6]', '[6,7]'), 'BAD_SIGNATURE'],
    ['with a space at the end', (sealed) => `${sealed} `, 'BAD_SIGNATURE'],
    ['bytes where text was signed', (sealed) => Buffer.from(sealed), 'BAD_SIGNATURE'],
    ['with half of a surrogate pair', (sealed) => sealed.replace('"args"', '"\ud800"'), 'BAD_SIGNATURE'],
    ['cut within its signature', (sealed) => sealed.slice(0, 40), 'UNSIGNED_PAYLOAD'],
    ['with the signature alone', (sealed) => sealed.slice(0, 61), 'BAD_SIGNATURE'],
    ['with a secret of nobody', (sealed) => sealed.replace(/:.{8}:/, ':AAAAAAAA:'), 'BAD_SIGNATURE'],
    ['with a space before it', (sealed) => ` ${sealed}`, 'UNSIGNED_PAYLOAD'],
  ])('%s', async (_, forge, code) => {
    await using gator = signing()
    await expectDead(gator, forge(String(gator.seal(unsigned))), code)
  })

  test('text that UTF-8 cannot hold, and so would be signed as other text is', async () => {
    await using gator = signing()
    const forged = String(gator.seal('\ufffd')).replace('\ufffd', '\ud800')
    expect(() => gator.open(forged)).toThrow(expect.objectContaining({ code: 'BAD_SIGNATURE' }))
    for (const encrypt of [false, true]) {
      await using producer = signing({ encrypt })
      expect(() => producer.seal('\ud800')).toThrow(expect.objectContaining({ code: 'INVALID_PAYLOAD' }))
    }
  })

  test('signed for another queue', async () => {
    await using gator = signing({ queueName: 'mine' })
    await expectDead(gator, gator.seal(unsigned, 'theirs'), 'BAD_SIGNATURE')
  })

  test('signed with another secret', async () => {
    await using gator = signing()
    await using stranger = signing({ secret: NEW })
    await expectDead(gator, stranger.seal(unsigned), 'BAD_SIGNATURE')
  })

  test('no change of a single character gets through, nor of a queue’s name', async () => {
    await using gator = signing()
    const sealed = String(gator.seal(unsigned))
    const place = fc.nat({ max: sealed.length - 1 })
    const unit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code))
    const isRefused = (data: string, queue?: string) => {
      try {
        gator.open(data, queue)
        return false
      } catch (error) {
        return hasCode(error, 'UNSIGNED_PAYLOAD', 'BAD_SIGNATURE')
      }
    }
    const altered = fc.property(place, unit, (at, character) => {
      fc.pre(sealed[at] !== character)
      return isRefused(sealed.slice(0, at) + character + sealed.slice(at + 1))
    })
    const moved = fc.property(fc.string({ unit: 'binary' }), (queue) => {
      fc.pre(queue !== 'all')
      return isRefused(sealed, queue)
    })
    expect(fc.check(altered).failed || fc.check(moved).failed).toBe(false)
  })

  test('no class reads what is not genuine', async () => {
    const read: Payload[] = []
    class CuriousTask extends Task {
      static override deserialize(data: Payload): Awaitable<Task> {
        read.push(data)
        return super.deserialize(data)
      }
    }
    await using gator = signing({ taskClass: CuriousTask })
    await gator.backend.push('all', 'forged', unsigned)
    await expect(gator.pop()).rejects.toMatchObject({ code: 'UNSIGNED_PAYLOAD' })
    expect(read).toEqual([])
  })
})

describe('keys', () => {
  test('each purpose has its own, and so has each secret', () => {
    const keys = makeKeys([OLD, NEW]).flatMap(({ id, signing: key, encryption, nonces }) => [
      ...[key, encryption, nonces].map((each) => each.export().toString('hex')),
      Buffer.from(id, 'base64url').toString('hex'),
    ])
    expect(keys.map(({ length }) => length)).toEqual([64, 64, 64, 12, 64, 64, 64, 12])
    expect(new Set(keys.map((key) => key.slice(0, 12))).size).toBe(8)
  })

  test('a signature is compared in constant time', async () => {
    await using gator = signing()
    const sealed = String(gator.seal('x'))
    const compare = jest.spyOn(crypto, 'timingSafeEqual')
    gator.open(sealed)
    expect(compare.mock.calls).toEqual([
      [Buffer.from(sealed.slice(17, 60)), Buffer.from(sealed.slice(17, 60))],
    ])
    compare.mockRestore()
  })
})

describe('secrets', () => {
  test('the first signs and all verify, so that they can be replaced', async () => {
    const store = 'locmem://rotation'
    await using before = new Gator(store, { secret: OLD })
    await using between = new Gator(store, { secret: [OLD, NEW] })
    await using after = new Gator(store, { secret: [NEW, OLD] })
    await before.task(add, 1, 1)
    expect((await between.pop())?.result).toBe(2)
    await after.task(add, 2, 2)
    expect((await between.pop())?.result).toBe(4)
    await between.task(add, 3, 3)
    expect((await before.pop())?.result).toBe(6)
    await after.task(add, 4, 4)
    await expect(before.pop()).rejects.toThrow('does not have the secret')
  })

  test('a process without a secret leaves signed tasks to others, and no try is charged', async () => {
    const clock = new VirtualClock()
    await using open = new Gator('locmem://forgotten', { clock })
    await using gator = new Gator('locmem://forgotten', { clock, secret: OLD })
    await gator.task(add, 1, 2)
    await expect(open.pop()).rejects.toMatchObject({ code: 'SECRET_MISSING' })
    await clock.advance('1s')
    expect(await gator.pop()).toMatchObject({ result: 3, attempt: 1 })
  })

  test('they come from ALLIGATOR_SECRET, between commas', async () => {
    process.env['ALLIGATOR_SECRET'] = `${NEW}, ${OLD}`
    await using gator = new Gator('locmem://')
    delete process.env['ALLIGATOR_SECRET']
    await using old = signing({ secret: OLD.trim() })
    await using first = signing({ secret: `${NEW}\n` })
    expect(gator.open(old.seal('x'))).toBe('x')
    expect(first.open(gator.seal('x'))).toBe('x')
  })

  test.each([
    ['geheim', 'has 6 characters'],
    [[OLD, 'geheim'], 'has 6 characters'],
    ['', 'has 0 characters'],
    [[], 'would sign nothing'],
    [[OLD, undefined] as unknown as string[], 'is not text'],
    [undefined as unknown as string, 'is its environment variable set?'],
    ['  \n', 'has 0 characters'],
  ])('%j is refused, and not shown', (secret, why) => {
    const make = () => new Gator('locmem://', { secret })
    expect(make).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', option: 'secret' }))
    expect(make).toThrow(why)
    expect(make).not.toThrow('geheim')
  })

  test.each(['', ' ', '\n'])(
    'an environment variable that is set to %j is refused: it is not the same as none',
    (empty) => {
      process.env['ALLIGATOR_SECRET'] = empty
      expect(() => new Gator('locmem://')).toThrow('set, but empty')
      delete process.env['ALLIGATOR_SECRET']
    },
  )

  test('one that is too short in the environment is refused too', () => {
    process.env['ALLIGATOR_SECRET'] = `${OLD},`
    expect(() => new Gator('locmem://')).toThrow('has 0 characters')
    delete process.env['ALLIGATOR_SECRET']
  })
})
