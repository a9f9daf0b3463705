import { Gator } from '@alligator/core'
import { SqsClient } from '../src/index.js'
import { readSettings } from '../src/settings.js'

test('a DSN names the region and the settings', () => {
  const query =
    'account=123456789012&endpoint=http%3A%2F%2F127.0.0.1%3A4566&prefix=shop-&create_queues=true&long_poll=5s'
  expect(readSettings(`sqs://eu-central-1/?${query}`, {})).toMatchObject({
    region: 'eu-central-1',
    account: '123456789012',
    endpoint: 'http://127.0.0.1:4566',
    prefix: 'shop-',
    createQueues: true,
    longPoll: 5,
  })
})

test('what is left out has its default, and the region is for the SDK to find', () => {
  for (const dsn of ['sqs:///', 'sqs://'])
    expect(readSettings(dsn, {})).toMatchObject({
      region: undefined,
      prefix: '',
      createQueues: false,
      longPoll: 20,
    })
  expect(readSettings('sqs://us-west-2', {}).region).toBe('us-west-2')
})

test('an option is stronger than the DSN', () => {
  const options = { prefix: 'b-', createQueues: false, longPoll: '1500ms', group: 'g' } as const
  const settings = readSettings('sqs://us-west-2/?prefix=a-&create_queues=true', options)
  expect(settings).toMatchObject({ prefix: 'b-', createQueues: false, longPoll: 2 })
  expect(settings.groupOf({ taskId: 'one', data: '' })).toBe('g')
})

test.each([
  ['sqs://KEY:s3cret@us-west-2/', 'credentials do not belong in it'],
  ['sqs://KEY?s3cret@us-west-2/', 'credentials do not belong in it'],
  ['sqs://us-west-2/123/queue', 'not a region'],
  ['sqs://us-west-2.evil.example/', 'not a region'],
  ['sqs://evil.example%2Fus-west-2/', 'not a region'],
  ['sqs://us-west-2\r\nHost: evil.example/', 'not a region'],
  ['sqs://us-west-2/?queue=a', 'queue is no setting'],
  ['sqs://us-west-2/?create_queues=yes', 'create_queues cannot be "yes"'],
])('%s is refused', (dsn, why) => {
  expect(() => new SqsClient(dsn)).toThrow(expect.objectContaining({ code: 'INVALID_DSN' }))
  expect(() => new SqsClient(dsn)).toThrow(why)
  expect(() => new SqsClient(dsn)).not.toThrow('s3cret')
})

test.each(['../', 'a/b?', '%2e%2e%2f', 'a b', '$(id)', 'https://evil.example/'])(
  'no queue gets a name with the prefix %j, before anything is sent',
  async (prefix) => {
    const given = { send: jest.fn() }
    const client = new SqsClient(given, { prefix })
    await expect((async () => client.push('all', 'one', 'data'))()).rejects.toMatchObject({
      code: 'INVALID_OPTION',
    })
    expect(given.send).not.toHaveBeenCalled()
  },
)

test.each([0, 21, 'long'])('a long poll of %s is refused', (longPoll) => {
  const options = { longPoll } as { longPoll: number }
  expect(() => new SqsClient('sqs://us-west-2/', options)).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTION' }),
  )
})

test('a client that is given has an endpoint already', () => {
  const given = { send: () => Promise.resolve({}) }
  expect(() => new SqsClient(given, { endpoint: 'http://127.0.0.1' })).toThrow('has one of its own')
})

test('a gator finds the backend by its scheme', async () => {
  const gator = new Gator('sqs://us-west-2/')
  expect(gator.backend).toBeInstanceOf(SqsClient)
  const { byId, listing, exactCounts } = gator.backend
  expect({ byId, listing, exactCounts }).toEqual({ exactCounts: false })
  await expect(gator.get('some-id')).rejects.toMatchObject({ code: 'NOT_SUPPORTED' })
  await expect(gator.cancel('some-id')).rejects.toMatchObject({ code: 'NOT_SUPPORTED' })
  await gator.close()
})
