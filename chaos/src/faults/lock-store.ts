import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { setTimeout as pause } from 'node:timers/promises'
import { beyondLease } from './beyond-lease.js'
import type { Fault } from './fault.js'

export const lockStore: Fault = {
  name: 'lock',
  title: 'another process locks the file for longer than a lease',
  strikes: ({ file }) => file,
  async strike({ store, crew, random, during }) {
    const seconds = beyondLease(crew, random)
    const db = new Database(fileURLToPath(store.dsn.replace('sqlite:', 'file:')), { timeout: 5000 })
    await during('all', async () => {
      db.exec('BEGIN IMMEDIATE')
      await pause(seconds * 1000)
      db.close()
    })
  },
}
