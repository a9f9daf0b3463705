import { BeanstalkClient } from '@alligator/beanstalk'
import { PostgresClient } from '@alligator/postgres'
import { RedisClient } from '@alligator/redis'
import { SqliteClient } from '@alligator/sqlite'
import { SqsClient } from '@alligator/sqs'

// What JavaScript lets through, and the compiler does not.

type Make = new (source: never, options?: never) => object
const CLIENTS: readonly (readonly [dsn: string, client: Make, wrong: string, meant: string])[] = [
  ['redis://h/0', RedisClient, 'max_dead_letters', 'maxDeadLetters'],
  ['redis://h/0', RedisClient, 'keyPrefix', 'prefix'],
  ['postgres://h/app', PostgresClient, 'shema', 'schema'],
  ['sqlite://:memory:', SqliteClient, 'clocks', 'clock'],
  ['beanstalk://h', BeanstalkClient, 'time_out', 'timeout'],
  ['sqs://eu-central-1/', SqsClient, 'createQueue', 'createQueues'],
]
const make = (client: Make, source: unknown, options = {}) => new client(source as never, options as never)

test.each(CLIENTS)('the client of %s: %p has no option %s', (dsn, client, wrong, meant) => {
  const message = `new ${client.name} has no option "${wrong}". Did you mean \`${meant}\`?`
  expect(() => make(client, dsn, { [wrong]: 1 })).toThrow(expect.objectContaining({ message }))
  class Own extends client {}
  expect(() => make(Own, dsn, { [wrong]: 1 })).not.toThrow()
})

test.each(CLIENTS)('the client of %s refuses what is neither a DSN nor a connection', (dsn, client) => {
  for (const source of [undefined, null, {}, 5])
    expect(() => make(client, source)).toThrow(/^Option store cannot be .*\. Pass a DSN/)
  expect(() => make(client, `${dsn}\n`)).toThrow(/white space stands before or after it/)
})

test.each([
  ['redis://h:65536/0', RedisClient],
  ['redis://h:0/0', RedisClient],
  ['postgres://h:70000/app', PostgresClient],
  ['beanstalk://h:70000', BeanstalkClient],
  ['sqs://eu-central-1/?endpoint=http://h:70000', SqsClient],
])('the port of %s is refused', (dsn, client) => {
  expect(() => make(client as Make, dsn)).toThrow(/65535/)
})
