import { parseDsn } from '../src/dsn.js'

const plain = { path: undefined, db: 0, username: undefined, password: undefined, tls: false, cluster: false }

it.each([
  ['redis://localhost', { ...plain, hosts: [{ host: 'localhost', port: 6379 }] }],
  ['redis://localhost:', { ...plain, hosts: [{ host: 'localhost', port: 6379 }] }],
  ['valkey://cache:6380', { ...plain, hosts: [{ host: 'cache', port: 6380 }] }],
  ['valkeys://cache', { ...plain, hosts: [{ host: 'cache', port: 6379 }], tls: true }],
  ['redis://a?sentinel=main&ack_replicas=1', { options: { ackReplicas: 1 } }],
  ['redis://', { ...plain, hosts: [{ host: 'localhost', port: 6379 }] }],
  ['redis://cache:6380/3', { ...plain, hosts: [{ host: 'cache', port: 6380 }], db: 3 }],
  ['redis://[::1]:6380?db=4', { ...plain, hosts: [{ host: '::1', port: 6380 }], db: 4 }],
  ['rediss://me:p%40ss%3A@cache', { ...plain, username: 'me', password: 'p@ss:', tls: true }],
  ['redis://:word@cache', { ...plain, password: 'word' }],
  ['redis:///run/redis.sock?db=2', { ...plain, path: '/run/redis.sock', db: 2 }],
  [
    'redis://a,b:7001?cluster',
    {
      ...plain,
      hosts: [
        { host: 'a', port: 6379 },
        { host: 'b', port: 7001 },
      ],
      cluster: true,
    },
  ],
  [
    'redis://a,b/1?sentinel=main',
    {
      ...plain,
      hosts: [
        { host: 'a', port: 26_379 },
        { host: 'b', port: 26_379 },
      ],
      sentinel: 'main',
      db: 1,
    },
  ],
  [
    'redis://a?prefix=shop&timeout=5s&max_dead_letters=7&dead_letter_ttl=1d',
    { options: { prefix: 'shop', timeout: '5s', maxDeadLetters: 7, deadLetterTtl: '1d' } },
  ],
])('reads %s', (dsn, expected) => expect(parseDsn(dsn)).toMatchObject(expected))

it.each([
  ['redis://a,b', 'several hosts'],
  ['redis://a/x', 'not a number'],
  ['redis://a?cluster&sentinel=b', 'a cluster and a sentinel'],
  ['redis://a/1?cluster', 'no database but 0'],
  ['redis://a?cluster&ack_replicas=1', 'cannot wait for replicas'],
  ['redis://a?colour=red', 'colour is no setting'],
  ['redis://a:port', 'not a name with a port'],
  ['redis://:%zz@a', 'not followed by two hex digits'],
  ['redis://a?cluster=perhaps', 'true or false'],
])('refuses %s', (dsn, why) => expect(() => parseDsn(dsn)).toThrow(why))

it.each(['@', '@@', '/', '?', '#', ':', '%', '?x=', '?timeout=', '/1?db=', '\0', '//', ','])(
  'shows no part of a password with %j in it, whatever it takes it for',
  (special) => {
    for (const scheme of ['redis://', 'redis://me:', 'rediss://:']) {
      const password = `gehei${special}mnisse`
      const message = messageOf(() => parseDsn(`${scheme}${password}@cache/0`))
      expect(message).not.toMatch(/gehei|mnisse/)
    }
  },
)

/** Of the refusal; where there is none, the host that a message may name. */
function messageOf(read: () => ReturnType<typeof parseDsn>): string {
  try {
    return JSON.stringify(read().hosts)
  } catch (error) {
    return String(error)
  }
}
