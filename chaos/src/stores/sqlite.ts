import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { StoreKind } from './store.js'

export const sqlite: StoreKind = {
  name: 'sqlite',
  setup: 'as it comes: WAL, synchronous=normal',
  inProcess: false,
  file: true,
  network: false,
  restarts: false,
  ownClock: false,
  disk: true,
  doublesEnqueueings: false,
  exactCounts: true,
  renews: true,
  inOrder: true,
  async version() {
    const db = new Database(':memory:')
    const version = db.prepare('SELECT sqlite_version()').pluck().get()
    db.close()
    return `SQLite ${String(version)}`
  },
  async start({ folder }) {
    const dsn = `sqlite://${join(folder, 'tasks.sqlite3')}`
    return { dsn, directDsn: dsn, env: {}, stop: async () => undefined }
  },
}
