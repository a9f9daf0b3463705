import { resolve } from 'node:path'
import { type Worker, redactDsn } from '@alligator/core'
import { version } from './version.js'

/** Says at its start what a worker works on: a worker of the wrong store, database or folder waits in silence. */
export function tellStart(worker: Worker, root: string): void {
  const { gator, toConsume: queues, concurrency } = worker as Pick<Worker, 'gator'> & Partial<Worker>
  // What a module exports as its worker may be one by its methods alone.
  if (!queues) return
  const store = redactDsn(gator.backend.dsn)
  const database = databaseOf(gator.backend.dsn)
  const place = database === undefined ? store : `${store} (${database})`
  worker
    .getLog()
    .info(
      `Alligator ${version()} works on ${place}, for the app in ${root}: ` +
        `queues ${queues.join(', ')}, ${concurrency} at once.`,
      { event: 'worker:store', version: version(), store, database, root, queues, concurrency },
    )
}

/** What of its server a store is, where a DSN says that in few words, or leaves it out. */
function databaseOf(dsn: string): string | undefined {
  const file = fileOf(dsn)
  if (file !== undefined) return `file ${file}`
  const [, scheme = '', path = ''] = /^([a-z]+):\/\/[^?/]*\/?([^?]*)/i.exec(dsn) ?? []
  if (/^(redis|valkey)s?$/.test(scheme)) return `database ${path === '' ? '0' : path}`
  return /^postgres(ql)?$/.test(scheme) && path !== '' ? `database ${path}` : undefined
}

/** The file of a SQLite store. */
export function fileOf(dsn: string): string | undefined {
  const [, path = ':memory:'] = /^sqlite:\/\/([^?]+)/i.exec(dsn) ?? []
  return path === ':memory:' ? undefined : resolve(decodeURIComponent(path))
}
