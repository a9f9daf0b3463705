import { Gator, Worker, silentLogger } from '@alligator/core'
import {
  type Cause,
  Opened,
  type Use,
  findingOf,
  freePort,
  meet,
  startBeanstalk,
  startRedis,
  startSqsEmulator,
  startTlsRedis,
} from '@alligator/testbed'
import { BeanstalkClient } from '../src/index.js'
import { type Script, StrangeServer } from './strange-server.js'

const opened = new Opened()

afterEach(async () => {
  await opened.closeAll()
})

const via = (port: number | string, host = '127.0.0.1') => `beanstalk://${host}:${port}/`

/** The DSN of one that says such things. */
async function saying(script: Script): Promise<string> {
  return opened.use(await StrangeServer.saying(script), (one) => one.close()).dsn
}

/** One that answers this to whatever asks for a task, or brings one. */
const answering = (word: string) =>
  saying((command) => (/^(put|reserve)/.test(command) ? `${word}\r\n` : undefined))

async function portOf(starting: Promise<{ port: number; close(): unknown }>): Promise<number> {
  return opened.use(await starting, (one) => one.close()).port
}

const CAUSES: readonly Cause[] = [
  {
    name: 'nobody listens',
    meaning: 'passing',
    says: /ECONNREFUSED/,
    dsn: async () => via(await freePort()),
  },
  {
    name: 'no name server knows the host, or knows it yet',
    meaning: 'passing',
    says: /ENOTFOUND|EAI_AGAIN|no answer/,
    dsn: () => via(11_300, 'no-such-host.invalid'),
  },
  { name: 'the server is silent', meaning: 'passing', says: /no answer within/, dsn: () => saying(() => '') },
  {
    name: 'the server stands still',
    meaning: 'passing',
    says: /no answer within/,
    dsn: async () => {
      const server = opened.use(await startBeanstalk(), (one) => one.close())
      server.signal('SIGSTOP')
      return server.dsn
    },
  },
  {
    name: 'somebody between closes every connection',
    meaning: 'passing',
    says: /closed|ECONNRESET|EPIPE/,
    dsn: () =>
      saying((_, socket) => {
        socket.destroy()
        return ''
      }),
  },
  {
    name: 'the server fails',
    meaning: 'passing',
    says: /INTERNAL_ERROR/,
    dsn: () => answering('INTERNAL_ERROR'),
  },
  {
    name: 'the server has no memory left',
    meaning: 'passing',
    code: 'STORE_FULL',
    says: /OUT_OF_MEMORY/,
    dsn: () => answering('OUT_OF_MEMORY'),
  },
  {
    name: 'the port speaks TLS, and is closed without a word',
    meaning: 'passing',
    says: /ECONNRESET|closed/,
    dsn: async () => via(await portOf(startTlsRedis())),
  },
  {
    name: 'a web server has the port',
    meaning: 'misconfigured',
    says: /HTTP\/1.1 400.* names a beanstalkd/,
    dsn: async () => via(await portOf(startSqsEmulator())),
  },
  {
    name: 'a Redis has the port',
    meaning: 'misconfigured',
    says: /-ERR.* names a beanstalkd/,
    dsn: async () => via(await portOf(startRedis())),
  },
  {
    name: 'the server is too old',
    meaning: 'unusable',
    says: /beanstalkd 1.12 or newer/,
    dsn: () => answering('UNKNOWN_COMMAND'),
  },
]

const open = (dsn: string) => new Gator(new BeanstalkClient(`${dsn}?timeout=300ms`))

const use: Use = {
  async push(dsn) {
    const gator = open(dsn)
    try {
      await gator.backend.push('all', '', 'one')
    } finally {
      await gator.close()
    }
  },
  async work(dsn, stop, onAway) {
    const gator = open(dsn)
    const worker = new Worker(gator, { logger: silentLogger() })
    worker.on('worker:disconnect', onAway)
    stop.addEventListener('abort', () => worker.stop())
    try {
      await worker.runForever()
    } finally {
      await gator.close()
    }
  },
}

it.each(CAUSES)('$meaning: $name', async (cause) => {
  expect(await meet(cause, use)).toEqual(findingOf(cause))
})
