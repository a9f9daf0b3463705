import type { Renewer } from '@alligator/core'
import { loadSqlite3, openDatabase } from './driver.js'
import type { SqliteAddress } from './dsn.js'
import { createPrivately } from './open-file.js'
import * as sql from './statements.js'

/** What is needed to renew the leases of a client: the file, and the range of their numbers. */
export interface RenewalData {
  readonly address: SqliteAddress
  readonly first: number
  readonly last: number
}

/** Opens the file once more, in a thread that may wait for the lock: whoever is asked to renew has nothing else to do. */
export async function openRenewer({ address, first, last }: RenewalData): Promise<Renewer> {
  const driver = await loadSqlite3()
  createPrivately(address.path)
  const db = openDatabase(driver, address.path, address.busyTimeout * 1000)
  db.exec(`PRAGMA synchronous = ${address.synchronous}`)
  return {
    async renew(queues, lease) {
      const statement = db.prepare(sql.RENEW)
      for (const queue of queues) statement.run(Date.now() / 1000 + lease, queue, first, last)
    },
    async close() {
      db.close()
    },
  }
}
