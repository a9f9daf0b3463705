import { BeanstalkClient } from '@alligator/beanstalk'
import { type Client, type FacetName, LocmemClient, NotSupportedError, need } from '@alligator/core'
import { PostgresClient } from '@alligator/postgres'
import { RedisClient } from '@alligator/redis'
import { SqliteClient } from '@alligator/sqlite'
import { SqsClient } from '@alligator/sqs'

// None of them connects before it is asked for something.
const STORES: Readonly<Record<string, () => Client>> = {
  memory: () => new LocmemClient('locmem://'),
  SQLite: () => new SqliteClient('sqlite://nowhere.db'),
  PostgreSQL: () => new PostgresClient('postgres://127.0.0.1:1/'),
  Redis: () => new RedisClient('redis://127.0.0.1:1/0'),
  beanstalkd: () => new BeanstalkClient('beanstalk://127.0.0.1:1/'),
  SQS: () => new SqsClient('sqs://us-east-1/'),
}

type Needed = FacetName | 'leases'

/** All that may be missing: one that is added must be here. */
const ALL: Readonly<Record<Needed, true>> = {
  leases: true,
  byId: true,
  listing: true,
  deadLetters: true,
  cancellation: true,
  directory: true,
  tallies: true,
  results: true,
  notes: true,
  renewal: true,
  transactions: true,
  uniqueness: true,
  migrations: true,
  health: true,
  state: true,
  priorities: true,
  pausing: true,
  expediting: true,
  schedules: true,
}

/** The stores that a refusal names. */
async function namedFor(facet: Needed): Promise<readonly string[]> {
  const client = new LocmemClient('locmem://')
  Object.assign(client, { [facet]: undefined })
  try {
    need(client, facet, 'this')
  } catch (error) {
    if (error instanceof NotSupportedError) return error.stores
    throw error
  } finally {
    await client.close()
  }
  throw new Error(`a client without ${facet} is refused`)
}

test.each(Object.keys(ALL) as Needed[])(
  'what lacks %s is refused with the stores that have it, and no others',
  async (facet) => {
    const having: string[] = []
    for (const [name, open] of Object.entries(STORES)) {
      const client = open()
      if (client[facet]) having.push(name)
      await client.close()
    }
    expect(await namedFor(facet)).toEqual(having)
  },
)
