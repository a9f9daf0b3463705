import { createRequire } from 'node:module'
import type { Socket } from 'node:net'
import { Opened, until } from '@alligator/testbed'
import { type Answer, AnswerReader } from '../src/answer.js'
import { BeanstalkClient } from '../src/index.js'
import { type Script, StrangeServer, facts } from './strange-server.js'

const QUEUE = 'all'
const UNUSABLE = { code: 'STORE_UNUSABLE', message: expect.stringContaining('names a beanstalkd') }
const ID = '7'

const opened = new Opened()

async function meet(script: Script): Promise<{ server: StrangeServer; client: BeanstalkClient }> {
  const server = opened.use(await StrangeServer.saying(script), (one) => one.close())
  const client = opened.use(new BeanstalkClient(`${server.dsn}?timeout=300ms`), (one) => one.close())
  return { server, client }
}

/** Everything that asks the server for what it answers in YAML. */
const ASKING: readonly (readonly [string, (client: BeanstalkClient) => unknown])[] = [
  ['push', (client) => client.push(QUEUE, '', 'one')],
  ['counts', (client) => client.counts(QUEUE)],
  ['reserve by id', (client) => client.byId.reserve(QUEUE, ID, 30)],
  ['remove', (client) => client.byId.remove(QUEUE, ID)],
  ['kick', (client) => client.deadLetters.kick(QUEUE)],
  ['kick by id', (client) => client.deadLetters.kick(QUEUE, [ID])],
  ['dropAll', (client) => client.dropAll(QUEUE)],
]

afterEach(async () => {
  await opened.closeAll()
})

describe('a server runs no code here', () => {
  const yaml = createRequire(require.resolve('fivebeans'))('js-yaml') as { load(text: string): unknown }
  const FUNCTION = "!!js/function 'function () { globalThis.ranHere = true; return 1 }'"
  const HOSTILE = ['max-job-size', 'current-jobs-ready', 'reserves', 'tube', 'state']
    .map((name) => `${name}: { valueOf: ${FUNCTION}, toString: ${FUNCTION} }\n`)
    .join('')

  it('which the YAML of the driver would let it do', () => {
    const { reserves } = yaml.load(HOSTILE) as { reserves: number }
    expect(reserves - 1).toBe(0)
    expect(globalThis).toHaveProperty('ranHere', true)
    delete (globalThis as { ranHere?: boolean }).ranHere
  })

  it.each(ASKING)('whatever it answers to %s, which no reader of YAML sees', async (name, ask) => {
    const load = jest.spyOn(yaml, 'load')
    for (const text of [HOSTILE, `---\n${HOSTILE}`, `--- ${FUNCTION}\n`]) {
      for (const isHonestFirst of name === 'push' ? [false] : [false, true]) {
        const { client } = await meet((command) => {
          if (isHonestFirst && command === 'stats') return undefined
          if (command === 'list-tube-used') return 'USING default\r\n'
          return /^(stats|peek|list)/.test(command) ? facts(text) : undefined
        })
        await expect(Promise.resolve(ask(client))).rejects.toMatchObject({
          code: 'STORE_UNUSABLE',
          message: expect.not.stringContaining('globalThis'),
        })
      }
    }
    expect(load).not.toHaveBeenCalled()
    expect(globalThis).not.toHaveProperty('ranHere')
    load.mockRestore()
  })
})

describe('what is no answer ends the connection', () => {
  it.each([
    ['a length that is none', 'RESERVED 7 many\r\n'],
    ['a length below zero', 'RESERVED 7 -5\r\n'],
    ['a length in other notation', 'RESERVED 7 1e3\r\n'],
    ['no length', 'RESERVED\r\n'],
    ['a job of more than the protocol allows', 'RESERVED 7 1073741825\r\n'],
    ['a job of absurd size', 'RESERVED 7 99999999999999999999999\r\n'],
    ['a body that is longer than it said', 'RESERVED 7 3\r\ndata and more\r\n'],
    ['an id that is none', 'RESERVED all 4\r\ndata\r\n'],
    ['an id with orders for a terminal', 'RESERVED 7\u001B[2J 4\r\ndata\r\n'],
    ['no id', 'RESERVED  4\r\ndata\r\n'],
    ['the answer to something else', 'DELETED\r\n'],
    ['a word of its own', 'WELCOME\r\n'],
    ['another protocol', '-ERR unknown command\r\n'],
    ['bytes', '\u0015\u0003\u0001\u0000\u0002\u0002\u0046'],
    ['nothing but a line end', '\r\n'],
    ['a line end that is none', 'RESERVED 7 4\ndata\r\n'],
  ])('%s', async (_, said) => {
    const { client } = await meet((command) => (command.startsWith('reserve') ? said : undefined))
    await expect(client.reserve([QUEUE], { lease: 30 })).rejects.toMatchObject(UNUSABLE)
  })

  it.each([
    ['facts of more than 64 KiB', `OK 65537\r\n`],
    ['facts without those that matter', facts('---\nversion: 1.13\n')],
    ['facts that are no numbers', facts('---\nmax-job-size: Infinity\n')],
    ['facts that count below zero', facts('---\nmax-job-size: -1\n')],
  ])('%s', async (_, said) => {
    const { client } = await meet((command) => (command === 'stats' ? said : undefined))
    await expect(client.push(QUEUE, '', 'one')).rejects.toMatchObject(UNUSABLE)
  })

  it.each([
    ['no id', 'put', 'INSERTED\r\n'],
    ['an id that is none', 'put', 'INSERTED <script>\r\n'],
    ['that the tube is refused, so that the task would be in another', 'use', 'BAD_FORMAT\r\n'],
  ])('on a push: %s', async (_, word, said) => {
    const { client } = await meet((command) => (command.startsWith(word) ? said : undefined))
    await expect(client.push(QUEUE, '', 'one')).rejects.toMatchObject({ code: 'STORE_UNUSABLE' })
  })
})

describe('no answer is endless', () => {
  const NOTHING = 'TIMED_OUT\r\n'.repeat(5000)

  /** Sends until nobody listens; gives how many bytes that took. */
  async function flood(begin: string, piece: string): Promise<number> {
    let sent = 0
    let isGone = false
    const pour = (socket: Socket) => {
      while (socket.writable && sent < 1e9) {
        sent += piece.length
        if (!socket.write(piece)) return void socket.once('drain', () => pour(socket))
      }
    }
    const { client } = await meet((command, socket) => {
      if (!command.startsWith('reserve')) return undefined
      socket.once('close', () => (isGone = true))
      socket.write(begin)
      pour(socket)
      return ''
    })
    const end = await client.reserve([QUEUE], { lease: 30 }).then(
      () => 'none was there',
      (error: unknown) => (error as { code?: unknown }).code,
    )
    // The server notices that its connection is gone.
    await until(() => isGone)
    expect(end).toBe(piece === NOTHING ? 'none was there' : 'STORE_UNUSABLE')
    return sent
  }

  it.each([
    ['a line', 'RESERVED ', '7'.repeat(50_000)],
    ['words', 'RESERVED ', '7 '.repeat(25_000)],
    ['facts', 'OK 9999999999\r\n', 'a: 1\n'.repeat(10_000)],
    ['answers', '', NOTHING],
  ])('%s', async (_, begin, piece) => {
    expect(await flood(begin, piece)).toBeLessThan(20e6)
  })

  it('and what a job is said to need is not kept free for it', async () => {
    const { client } = await meet((command) =>
      command.startsWith('reserve') ? 'RESERVED 7 1073741824\r\nabc' : undefined,
    )
    const before = process.memoryUsage().arrayBuffers
    await expect(client.reserve([QUEUE], { lease: 30 })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50e6)
  })
})

it('takes no answer for that to another question', async () => {
  let ids = 0
  const { server, client } = await meet((command) =>
    command.startsWith('put') ? `INSERTED ${++ids}\r\n` : undefined,
  )
  expect(await client.push(QUEUE, '', 'one')).toBe('1')
  server.script = (command) =>
    command.startsWith('put') ? `INSERTED ${++ids}\r\nINSERTED 99\r\n` : undefined
  expect(await client.push(QUEUE, '', 'two')).toBe('2')
  server.script = (command) => (command.startsWith('put') ? `INSERTED ${++ids}\r\n` : undefined)
  expect(await client.push(QUEUE, '', 'three')).toBe('3')
  await until(() => server.commands.filter((command) => command === 'stats').length === 2)
})

it('reads answers however they are cut', () => {
  const text =
    'INSERTED 1\r\nRESERVED 2 4\r\na\r\nb\r\nNOT_FOUND\r\nOK 0\r\n\r\nFOUND 3 1\r\n\n\r\nDELETED\r\n'
  const read = (size: number) => {
    const reader = new AnswerReader()
    const answers: string[][] = []
    const take = ({ word, args, body }: Answer) => answers.push([word, ...args, body.toString()])
    for (let at = 0; at < text.length; at += size) reader.read(Buffer.from(text.slice(at, at + size)), take)
    return answers
  }
  const answers = [
    ['INSERTED', '1', ''],
    ['RESERVED', '2', 'a\r\nb'],
    ['NOT_FOUND', ''],
    ['OK', ''],
    ['FOUND', '3', '\n'],
    ['DELETED', ''],
  ]
  for (let size = 1; size <= text.length; size += 1) expect(read(size)).toEqual(answers)
})

it('reads a job that trickles in', () => {
  const reader = new AnswerReader()
  const bodies: string[] = []
  for (const byte of `RESERVED 7 5000\r\n${'x'.repeat(5000)}\r\n`)
    reader.read(Buffer.from(byte), ({ body }) => bodies.push(body.toString()))
  expect(bodies).toEqual(['x'.repeat(5000)])
})
