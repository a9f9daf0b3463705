import { once } from 'node:events'
import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net'
import { Proxy, until } from '@alligator/testbed'

/** Answers each text with its name before it, remembers what it was asked, and ends when it is told `bye`. */
class Oracle {
  readonly asked: string[] = []
  readonly name: string
  readonly #server: Server

  constructor(name: string) {
    this.name = name
    this.#server = createServer((socket) => {
      socket.setEncoding('utf8').on('data', (text: string) => {
        this.asked.push(text)
        if (text === 'bye') socket.end()
        else socket.write(`${name}: ${text}`)
      })
      socket.on('error', () => undefined)
    })
  }

  async open(): Promise<number> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return (this.#server.address() as AddressInfo).port
  }

  async close(): Promise<void> {
    this.#server.close()
    await once(this.#server, 'close')
  }
}

/** A connection through the proxy, and what has come of it. */
class Visitor {
  heard = ''
  isCut = false
  readonly #socket: Socket

  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1')
    this.#socket.setEncoding('utf8').on('data', (text: string) => (this.heard += text))
    this.#socket.on('error', () => undefined).on('close', () => (this.isCut = true))
  }

  ask(text: string): void {
    this.#socket.write(text)
  }
}

async function expectToHear(visitor: Visitor, text: string): Promise<void> {
  await until(() => visitor.heard.length >= text.length)
  expect(visitor.heard).toBe(text)
}

async function expectToBeCut(visitor: Visitor): Promise<void> {
  await until(() => visitor.isCut)
}

let oracle: Oracle
let proxy: Proxy

beforeEach(async () => {
  oracle = new Oracle('A')
  proxy = await Proxy.to(await oracle.open())
})

afterEach(async () => {
  await proxy.close()
  await oracle.close()
})

/** A connection that has been used. */
async function visit(): Promise<Visitor> {
  const visitor = new Visitor(proxy.port)
  visitor.ask('hello')
  await expectToHear(visitor, 'A: hello')
  visitor.heard = ''
  oracle.asked.length = 0
  return visitor
}

/** Whether a new connection passes everything on; by then, what an older one was asked has had its time as well. */
async function expectNewOneToWork(): Promise<void> {
  const other = new Visitor(proxy.port)
  other.ask('?')
  await expectToHear(other, 'A: ?')
}

it('passes on what is asked, and the answers', async () => {
  const visitor = await visit()
  visitor.ask('how many?')
  await expectToHear(visitor, 'A: how many?')
})

it('cut: ends what is open, and takes new connections', async () => {
  const visitor = await visit()
  proxy.cut()
  await expectToBeCut(visitor)
  await expectNewOneToWork()
})

it('silence: passes nothing on through what is open, for good, and does not end it', async () => {
  const visitor = await visit()
  proxy.silence()
  visitor.ask('one')
  await expectNewOneToWork()
  proxy.stall()
  proxy.resume()
  await expectNewOneToWork()
  expect([visitor.heard, visitor.isCut, oracle.asked]).toEqual(['', false, ['?', '?']])
  proxy.cut()
  await expectToBeCut(visitor)
})

it('swallowAnswers: passes on what is asked through what is open, and nothing back', async () => {
  const visitor = await visit()
  proxy.swallowAnswers()
  visitor.ask('one')
  await until(() => oracle.asked.includes('one'))
  visitor.ask('two')
  await until(() => oracle.asked.includes('two'))
  await expectNewOneToWork()
  expect([visitor.heard, visitor.isCut]).toEqual(['', false])
})

it('stall: passes nothing on, nor through new connections, and resume passes on what was sent meanwhile', async () => {
  const before = await visit()
  proxy.stall()
  const meanwhile = new Visitor(proxy.port)
  for (const visitor of [before, meanwhile]) visitor.ask('one')
  // Past the proxy, an answer takes far less than so many turns of the event loop.
  for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve))
  expect([before.heard, meanwhile.heard, oracle.asked]).toEqual(['', '', []])
  proxy.resume()
  for (const visitor of [before, meanwhile]) await expectToHear(visitor, 'A: one')
  proxy.stall()
  before.ask('two')
  proxy.resume()
  await expectToHear(before, 'A: oneA: two')
})

it('stall: holds up more than all buffers on the way take, and loses nothing of it', async () => {
  const size = 32 * 1024 * 1024
  let count = 0
  const sink = createServer((socket) => {
    socket.on('error', () => undefined).on('data', (chunk) => (count += chunk.length))
  }).listen(0, '127.0.0.1')
  await once(sink, 'listening')
  proxy.target = (sink.address() as AddressInfo).port
  const socket = connect(proxy.port, '127.0.0.1').on('error', () => undefined)
  proxy.stall()
  socket.write(Buffer.alloc(size))
  await once(socket, 'connect')
  for (let round = 0; round < 20; round += 1) {
    proxy.resume()
    await new Promise((resolve) => setImmediate(resolve))
    proxy.stall()
  }
  proxy.resume()
  await until(() => count >= size)
  expect(count).toBe(size)
  proxy.cut()
  sink.close()
})

it('leads new connections to another server when it is told to, and those that are open stay', async () => {
  const visitor = await visit()
  const other = new Oracle('B')
  proxy.target = await other.open()
  const newcomer = new Visitor(proxy.port)
  newcomer.ask('who?')
  await expectToHear(newcomer, 'B: who?')
  visitor.ask('who?')
  await expectToHear(visitor, 'A: who?')
  proxy.cut()
  await other.close()
})

it('ends a connection when the server does, and one that leads nowhere', async () => {
  const guest = await visit()
  guest.ask('bye')
  await expectToBeCut(guest)
  await oracle.close()
  const visitor = new Visitor(proxy.port)
  await expectToBeCut(visitor)
  await oracle.open()
})
