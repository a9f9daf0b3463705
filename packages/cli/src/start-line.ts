import { resolve } from 'node:path'
import { type Worker, redactDsn } from '@alligator/core'
import { version } from './version.js'

/** Says at its start what a worker works on: a worker of the wrong store, database or folder waits in silence. */
export function tellStart(worker: Worker, root: string): void {
  const { gator, toConsume: queues, concurrency } = worker
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
export function databaseOf(dsn: string): string | undefined {
  const [, scheme = '', place = ''] = /^([a-z]+):\/\/([^?]*)/i.exec(dsn) ?? []
  const path = place.slice(place.indexOf('/') + 1)
  if (scheme === 'sqlite')
    return place === ':memory:' ? undefined : `file ${resolve(decodeURIComponent(place))}`
  if (/^rediss?$/.test(scheme)) return `database ${place.includes('/') && path !== '' ? path : '0'}`
  if (/^postgres(ql)?$/.test(scheme) && place.includes('/') && path !== '') return `database ${path}`
  return undefined
}
