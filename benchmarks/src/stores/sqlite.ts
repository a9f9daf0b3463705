import { rmSync } from 'node:fs'
import { TemporaryFolder } from '@alligator/testbed'
import Database from 'better-sqlite3'
import { type Store, noServer } from './store.js'

function version(): string {
  const db = new Database(':memory:')
  const number = String(db.prepare('SELECT sqlite_version()').pluck().get())
  db.close()
  return `SQLite ${number}, WAL, synchronous NORMAL`
}

/** A new file for every turn, in the folder for temporary files. */
export const store: Store = {
  async start() {
    const folder = new TemporaryFolder('bench')
    let files = 0
    return {
      version: version(),
      async fresh() {
        for (const end of ['', '-wal', '-shm']) rmSync(folder.file(`${files}.db${end}`), { force: true })
        return folder.file(`${(files += 1)}.db`)
      },
      stop: async () => folder.remove(),
    }
  },
  probe(path) {
    const db = new Database(path)
    return {
      ...noServer,
      async bytes() {
        db.pragma('wal_checkpoint(TRUNCATE)')
        return (
          Number(db.pragma('page_count', { simple: true })) * Number(db.pragma('page_size', { simple: true }))
        )
      },
      close: async () => void db.close(),
    }
  },
}
