import { parseDsn } from '../src/dsn.js'
import { readSettings } from '../src/settings.js'

const nothing = {
  user: undefined,
  password: undefined,
  database: undefined,
  tls: undefined,
  name: 'alligator',
}
const here = [{ host: undefined, port: undefined }]

it.each([
  ['postgres://', { ...nothing, hosts: here }],
  ['postgresql:///shop', { ...nothing, hosts: here, database: 'shop' }],
  ['postgres://db:6543/shop', { ...nothing, hosts: [{ host: 'db', port: 6543 }], database: 'shop' }],
  [
    'postgres://me:p%40ss%3A@[::1]/a%2Fb',
    { user: 'me', password: 'p@ss:', hosts: [{ host: '::1' }], database: 'a/b' },
  ],
  ['postgres:///shop?host=/run/postgresql', { hosts: [{ host: '/run/postgresql', port: undefined }] }],
  ['postgres://%2Frun%2Fpostgresql/shop', { hosts: [{ host: '/run/postgresql', port: undefined }] }],
  [
    'postgres://a,b:7001/shop?target_session_attrs=read-write',
    {
      hosts: [
        { host: 'a', port: undefined },
        { host: 'b', port: 7001 },
      ],
    },
  ],
  ['postgres://a?user=me&password=x&dbname=shop', { user: 'me', password: 'x', database: 'shop' }],
  ['postgres://a?sslmode=require', { tls: { mode: 'require' } }],
  ['postgres://a?sslrootcert=/ca.pem', { tls: { mode: 'verify-full', rootCert: '/ca.pem' } }],
  [
    'postgres://a?schema=q&prefix=shop&timeout=5s&poll=1s&max_connections=7',
    { options: { schema: 'q', prefix: 'shop', timeout: '5s', poll: '1s', maxConnections: 7 } },
  ],
])('reads %s', (dsn, expected) => expect(parseDsn(dsn)).toMatchObject(expected))

it.each([
  ['postgres:/a', 'it is no address'],
  ['postgres://a?colour=red', 'colour is no setting of it'],
  ['postgres://a:99999', 'port'],
  ['postgres://a?sslmode=prefer', 'sslmode cannot be "prefer"'],
  ['postgres://a?target_session_attrs=standby', 'a queue must be written to'],
  ['postgres://me:pass?word@host/db', 'an @ stands after its ?'],
  ['postgres://a/%zz', 'a % in it is not followed by two hex digits'],
])('refuses %s', (dsn, why) => expect(() => parseDsn(dsn)).toThrow(why))

it.each([
  [{ prefix: 'Shop"; DROP' }, 'prefix'],
  [{ schema: '' }, 'schema'],
  [{ poll: 0 }, 'poll'],
  [{ maxConnections: 0 }, 'maxConnections'],
])('refuses the options %j', (options, name) => expect(() => readSettings(options)).toThrow(name))
