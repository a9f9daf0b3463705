import dns from 'node:dns'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, type LookupFunction, connect } from 'node:net'
import { Gator, Worker, silentLogger } from '@alligator/core'
import { type Cause, Opened, type Use, findingOf, freePort, meet, startBeanstalk } from '@alligator/testbed'
import { SqsClient } from '../src/index.js'
import { storeError } from '../src/store-error.js'
import { Emulator } from './emulator.js'

const opened = new Opened()
let emulator: Emulator

beforeAll(async () => {
  emulator = await Emulator.start()
  process.env['AWS_ACCESS_KEY_ID'] = process.env['AWS_SECRET_ACCESS_KEY'] = 'test'
})
afterEach(async () => {
  await opened.closeAll()
})
afterAll(async () => {
  delete process.env['AWS_ACCESS_KEY_ID']
  delete process.env['AWS_SECRET_ACCESS_KEY']
  await emulator.close()
})

const via = (endpoint: string) => `sqs://us-east-1/?${String(new URLSearchParams({ endpoint }))}`

/** The port of a web server that answers whatever it is asked with this, or closes the connection. */
async function webPort(status: number, body: string): Promise<number> {
  const web = createServer((request, response) => {
    if (status === 0) return void request.socket.destroy()
    response.writeHead(status, { 'content-type': 'text/html' }).end(body)
  })
  opened.use(web.listen(0, '127.0.0.1'), () => {
    web.closeAllConnections()
    web.close()
  })
  await once(web, 'listening')
  return (web.address() as AddressInfo).port
}

const page = (status: number) => async () =>
  via(`http://127.0.0.1:${await webPort(status, '<html><h1>no</h1></html>')}`)
/** As SQS answers, but for the type of the content. */
const refusing =
  (name: string, status = 400) =>
  async () => {
    const body = JSON.stringify({ __type: `com.amazonaws.sqs#${name}`, message: 'no' })
    return via(`http://127.0.0.1:${await webPort(status, body)}`)
  }

/** A host of several addresses, as those of AWS are, where nobody listens. */
async function severalAddresses(): Promise<string> {
  const { lookup } = dns
  const two = [
    { address: '127.0.0.1', family: 4 },
    { address: '127.0.0.2', family: 4 },
  ]
  const spy = jest.spyOn(dns, 'lookup') as unknown as jest.Mock
  spy.mockImplementation((...args: Parameters<typeof lookup>) => {
    const [host, options, done] = args as unknown as [string, { all?: boolean }, (...told: unknown[]) => void]
    if (host !== 'two.test') return lookup(...args)
    return options.all ? done(null, two) : done(null, '127.0.0.1', 4)
  })
  opened.use(spy, (one) => one.mockRestore())
  return via(`http://two.test:${await freePort()}`)
}

const CAUSES: readonly Cause[] = [
  {
    name: 'nobody listens',
    meaning: 'passing',
    says: /ECONNREFUSED/,
    dsn: async () => via(`http://127.0.0.1:${await freePort()}`),
  },
  {
    name: 'nobody listens at any address of the host',
    meaning: 'passing',
    says: /AggregateError/,
    dsn: severalAddresses,
  },
  {
    name: 'no name server knows the host, or knows it yet',
    meaning: 'passing',
    says: /ENOTFOUND|EAI_AGAIN/,
    dsn: () => via('http://no-such-host.invalid:9'),
  },
  { name: 'every connection is closed', meaning: 'passing', says: /hang up|ECONNRESET/, dsn: page(0) },
  { name: 'a balancer has too much to do', meaning: 'passing', says: /GetQueueUrl/, dsn: page(429) },
  { name: 'a balancer finds nobody', meaning: 'passing', says: /GetQueueUrl/, dsn: page(503) },
  { name: 'SQS throttles', meaning: 'passing', says: /Throttl/, dsn: refusing('ThrottlingException') },
  { name: 'SQS fails', meaning: 'passing', says: /InternalFailure/, dsn: refusing('InternalFailure', 500) },
  { name: 'a web page answers', meaning: 'misconfigured', says: /not SQS.*endpoint/, dsn: page(200) },
  { name: 'a web page is missing', meaning: 'misconfigured', says: /HTTP 404.*endpoint/, dsn: page(404) },
  {
    name: 'an answer is about something else',
    meaning: 'misconfigured',
    says: /not SQS.*endpoint/,
    dsn: async () => via(`http://127.0.0.1:${await webPort(200, '{}')}`),
  },
  {
    name: 'a beanstalkd has the port',
    meaning: 'misconfigured',
    says: /not HTTP.*endpoint/,
    dsn: async () => {
      const { port } = opened.use(await startBeanstalk(), (one) => one.close())
      return via(`http://127.0.0.1:${port}`)
    },
  },
  {
    name: 'TLS is spoken to a plain port',
    meaning: 'misconfigured',
    says: /not TLS.*endpoint/,
    dsn: () => via(emulator.endpoint.replace('http:', 'https:')),
  },
  {
    name: 'there is no such queue',
    meaning: 'misconfigured',
    says: /aws sqs create-queue/,
    dsn: () => via(emulator.endpoint),
  },
  {
    name: 'the credentials are not known',
    meaning: 'misconfigured',
    says: /credentials/,
    dsn: refusing('InvalidClientTokenId', 403),
  },
  {
    name: 'the permission is missing',
    meaning: 'misconfigured',
    says: /Allow sqs:GetQueueUrl/,
    dsn: refusing('AccessDeniedException'),
  },
]

const open = (dsn: string) => new Gator(new SqsClient(dsn), { queueName: 'none' })

const use: Use = {
  async push(dsn) {
    const gator = open(dsn)
    try {
      await gator.backend.push('none', '', 'one')
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

it('tells what happened at each address of a host', async () => {
  const lookup: LookupFunction = (_, __, done) =>
    done(
      null,
      [1, 2].map((at) => ({ address: `127.0.0.${at}`, family: 4 })),
    )
  const socket = connect({ host: 'two.test', port: await freePort(), lookup })
  const [error] = (await once(socket, 'error').catch((thrown: unknown) => [thrown])) as unknown[]
  expect(storeError(error, 'sqs:///', 'GetQueueUrl')).toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: expect.stringMatching(/ECONNREFUSED 127\.0\.0\.1.*ECONNREFUSED 127\.0\.0\.2/),
  })
})

it('passing: credentials that were good are not so any more, until the SDK has new ones', async () => {
  let isExpired = false
  const sdk = emulator.sdk(() => {
    if (isExpired)
      throw Object.assign(new Error('expired'), { name: 'ExpiredTokenException', $fault: 'client' })
  })
  const client = emulator.client({}, sdk)
  await client.push('renewed', '', 'one')
  isExpired = true
  await expect(client.push('renewed', '', 'two')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  isExpired = false
  await client.push('renewed', '', 'three')
})
