import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, realpathSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { files, find } from '#places'
import { freePort } from '../free-port.js'
import { type Premises, Server, type ServerKind, started } from './server.js'
import { TemporaryFolder } from '../temporary-folder.js'
import { type User, unprivileged } from './unprivileged.js'

const execute = promisify(execFile)

/** Settings of postgresql.conf. */
type Settings = Readonly<Record<string, string>>

/** What it has confirmed may be lost when the machine crashes, but not when the server alone does. */
const DEFAULTS = {
  ...{ fsync: 'off', full_page_writes: 'off', max_wal_size: '1GB' },
  ...{ listen_addresses: '127.0.0.1', unix_socket_directories: '' },
}
/** Small files for the log take a data folder from 39 MB to 24 MB, which is what a copy of it costs. */
const INITDB = [
  ...['--username', 'postgres', '--auth', 'trust', '--encoding', 'UTF8', '--locale', 'C'],
  ...['--no-sync', '--wal-segsize', '1'],
]
/** Where new data folders are kept, as they are before their first server. */
const TEMPLATES = join(files, '../node_modules/.cache')
/** Seconds for which a new server waits for the end of the processes of one that was killed. */
const GONE_LIMIT = 30
/** Milliseconds that psql may take. */
const QUERY_LIMIT = 20_000

/**
 * Starts a PostgreSQL server, with `postgres` as user and database and no password. As root it runs as somebody else, to
 * whom the parents of a folder that is given must be open.
 */
export async function startPostgres(settings: Settings = {}, premises?: Premises): Promise<Server> {
  return startWith(settings, premises, furnish)
}

/** Starts a server that stands by: it has what another one has, and takes no writes until it is promoted. */
export async function startStandby(
  primary: Server,
  settings: Settings = {},
  premises?: Premises,
): Promise<Server> {
  return startWith(settings, premises, (folder, programs, user) => copyOf(primary, folder, programs, user))
}

/** Has a server that stands by take writes from now on. */
export async function promote(standby: Server): Promise<void> {
  await psql(standby.dsn, 'SELECT pg_promote()')
}

/** Starts a server that was stopped again, as one that stands by: what it had that another one has not is lost. */
export async function follow(server: Server, primary: Server): Promise<void> {
  rmSync(join(server.folder, 'data'), { recursive: true })
  copyOf(primary, server.folder, programsFolder(), unprivileged())
  await server.start()
}

async function startWith(
  settings: Settings,
  premises: Premises | undefined,
  fill: typeof furnish,
): Promise<Server> {
  const programs = programsFolder()
  const flags = Object.entries({ ...DEFAULTS, ...settings }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ])
  const user = unprivileged()
  const kind: ServerKind = {
    name: 'postgresql',
    furnish: (folder) => fill(folder, programs, user),
    command: (port, folder) => [
      ...[join(programs, 'postgres'), '-D', join(folder, 'data'), '-p', String(port)],
      ...flags,
    ],
    dsn: (port) => `postgres://postgres@127.0.0.1:${port}/postgres`,
    isReady: (port) => isReady(join(programs, 'pg_isready'), port),
    // Unlike SIGTERM it waits for no client, and unlike SIGKILL it gives the shared memory back.
    closing: 'SIGQUIT',
    user,
  }
  return started(new PostgresServer(kind, await freePort(), premises))
}

/** Of the programs that `startPostgres` starts. */
export function postgresVersion(): string {
  const printed = execFileSync(join(programsFolder(), 'postgres'), ['--version'], { encoding: 'utf8' })
  return `PostgreSQL ${/[\d.]+/.exec(printed)?.[0] ?? printed}`
}

/** What psql prints for some SQL: a line for each row, `|` between columns. */
export async function psql(dsn: string, sql: string): Promise<string> {
  const args = ['--no-psqlrc', '--tuples-only', '--no-align', '--command', sql, dsn]
  const { stdout } = await execute(join(programsFolder(), 'psql'), args, { timeout: QUERY_LIMIT })
  return stdout.trimEnd()
}

class PostgresServer extends Server {
  /** The processes of a server that was killed end a moment after it, and until then a new one refuses their files. */
  override async start(): Promise<void> {
    for (const end = performance.now() + GONE_LIMIT * 1000; ;) {
      try {
        return await super.start()
      } catch (error) {
        if (!String(error).includes('is still in use') || performance.now() > end) throw error
        await pause(10)
      }
    }
  }
}

/** Of the programs of one version. */
function programsFolder(): string {
  const initdb = find('initdb')
  if (initdb === undefined)
    throw new Error('PostgreSQL could not be found. Is it installed? On Debian: apt-get install postgresql')
  return dirname(realpathSync(initdb))
}

/** It takes connections before it is ready, and refuses them. */
function isReady(program: string, port: number): Promise<boolean> {
  return execute(program, ['--host', '127.0.0.1', '--port', String(port)]).then(
    () => true,
    () => false,
  )
}

/** Puts a data folder there: a copy of one that was made before, which takes a tenth of the time. */
function furnish(folder: string, programs: string, user: User | undefined): void {
  const version = execFileSync(join(programs, 'postgres'), ['--version'], { encoding: 'utf8' })
  const template = join(TEMPLATES, version.trim().replaceAll(/[^\w.]+/g, '-'))
  if (!existsSync(template)) makeTemplate(template, join(programs, 'initdb'), user)
  const data = join(folder, 'data')
  run(['cp', '-R', template, data])
  if (user) run(['chown', '-R', `${user.uid}:${user.gid}`, data])
}

/** Puts a copy of what a server has there, with the order to stand by. */
function copyOf({ port }: Server, folder: string, programs: string, user: User | undefined): void {
  if (user) chownSync(folder, user.uid, user.gid)
  const source = ['--host', '127.0.0.1', '--port', String(port), '--username', 'postgres']
  const how = ['--pgdata', join(folder, 'data'), '--checkpoint', 'fast', '--write-recovery-conf', '--no-sync']
  run([join(programs, 'pg_basebackup'), ...source, ...how], { cwd: folder, ...user })
}

function makeTemplate(template: string, initdb: string, user: User | undefined): void {
  using folder = new TemporaryFolder('initdb')
  if (user) chownSync(folder.path, user.uid, user.gid)
  run([initdb, '--pgdata', folder.file('data'), ...INITDB], { cwd: folder.path, ...user })
  mkdirSync(TEMPLATES, { recursive: true })
  // Whole, or not at all; and whoever else makes one at this moment may win.
  const own = `${template}.${process.pid}`
  run(['cp', '-R', folder.file('data'), own])
  try {
    renameSync(own, template)
  } catch (error) {
    rmSync(own, { recursive: true })
    if (!existsSync(template)) throw error
  }
}

function run([command = '', ...args]: readonly string[], options: object = {}): void {
  const { status, error, stderr } = spawnSync(command, args, { encoding: 'utf8', ...options })
  if (status !== 0) throw new Error(`${command} failed: ${error?.message ?? stderr}`)
}
