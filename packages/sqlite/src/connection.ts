import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { StoreUnavailableError } from '@alligator/core'
import type { Lifecycle } from '@alligator/core/backend'
import { pause, performance, turn } from '@alligator/core/backend'
import { type SqliteDatabase, loadSqlite3, openDatabase } from './driver.js'
import { type SqliteAddress, parseDsn } from './dsn.js'
import { Leases } from './leases.js'
import { OpenFile, createPrivately, identityOf } from './open-file.js'
import { ensureSchema, hasSchema } from './schema.js'
import { DEFAULT_BUSY_TIMEOUT } from './settings.js'
import { isBusy, isDropped, storeError } from './store-error.js'
import { Store } from './store.js'

/** Tries that follow at once: most often the other is just about to end its transaction. */
const QUICK_TRIES = 5
/** The longest pause between two tries, in milliseconds: short, because SQLite's lock has no waiting line. */
const LONGEST_PAUSE = 4
/** Milliseconds between two looks at what somebody may have done to the file: a look costs a tenth of a lone push. */
const LOOK_EVERY = 10
/** Seconds that somebody's lock may last before that is told. */
const LONG_BUSY = 1.5

/**
 * Of a file that is ours. A commit writes whole pages: half the usual size makes a lone push a quarter faster, and costs
 * nothing for tasks of usual length; a file that has its page size already keeps it. Checkpoints stay at 4 MB, and a `-wal`
 * that had to grow beyond twice as much is cut when it starts anew.
 */
const OWN_SETTINGS =
  'PRAGMA page_size = 2048; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 2000; PRAGMA journal_size_limit = 8388608'

/** The app has a transaction open on its own connection, and what is to be done must not be part of it. */
class OpenTransaction extends Error {}

/** The process may change its folder before the file is opened. An absolute path is never taken for a `file:` URI either. */
function anywhere(address: SqliteAddress): SqliteAddress {
  const { path } = address
  return path === ':memory:' ? address : { ...address, path: resolve(path) }
}

/** One connection to one database: opened on first use, or the app's own. */
export class Connection {
  readonly dsn: string
  /** The numbers of all that is handed out here. */
  readonly leases: Leases = new Leases()
  /** Of a connection that is ours. */
  readonly address: SqliteAddress | undefined
  readonly #busyTimeout: number
  readonly #life: Lifecycle
  #store: Store | undefined
  /** The file of a connection that is ours. */
  #file: OpenFile | undefined
  #opening: Promise<unknown> | undefined
  #prepared = false
  #hasCreated = false
  #lookedAt = 0
  /** How many calls have waited so long for a lock that it was told. */
  #waiting = 0

  /** @throws InvalidDsnError */
  constructor(source: string | SqliteDatabase, life: Lifecycle) {
    this.#life = life
    this.dsn = typeof source === 'string' ? source : `sqlite://${source.name}`
    if (typeof source === 'string') this.address = anywhere(parseDsn(source))
    else this.#store = new Store(source, this.leases)
    this.#busyTimeout = this.address?.busyTimeout ?? DEFAULT_BUSY_TIMEOUT
  }

  /** Whether the app has a transaction open on its own connection. */
  get inTransaction(): boolean {
    return this.address === undefined && this.#store?.db.inTransaction === true
  }

  /** The file that each commit changes; `undefined` where there is none. */
  get changingFile(): string | undefined {
    const db = this.#store?.db
    if (!db || db.memory) return undefined
    const wal = `${resolve(db.name)}-wal`
    return existsSync(wal) ? wal : resolve(db.name)
  }

  /** Whether nobody but its client can change the database. */
  get isPrivate(): boolean {
    return this.address?.path === ':memory:'
  }

  get #isYetToBeMade(): boolean {
    if (!this.address || this.isPrivate) return false
    const { path } = this.address
    return !existsSync(path) && existsSync(dirname(path))
  }

  /** Does something at once, in the app's open transaction. */
  within<T>(step: (store: Store) => T): T {
    if (!this.#store) throw new Error('Only the connection of an app can have its transaction.')
    try {
      const store = this.#prepare(this.#store)
      store.checkQueues()
      return step(store)
    } catch (error) {
      throw this.#refused(error)
    }
  }

  /** Sees to it that the tables are there; gives whether they were made by this client. */
  ready(): Promise<boolean> {
    return this.read(() => this.#hasCreated)
  }

  /** Whether a connection of the app, which tells this of its file, leads to the same one. In memory there is no file. */
  isSame(file: string): boolean {
    if (this.isPrivate) return false
    const own = this.address?.path ?? this.#store?.db.name ?? ''
    if (file === '') return this.#store?.db.memory === true
    return identityOf(file) !== undefined && identityOf(file) === identityOf(own)
  }

  /** Does something that needs no transaction, as soon as it can be done. */
  read<T>(step: (store: Store) => T): Promise<T> {
    return this.#patiently((store) => step(this.#prepare(store)))
  }

  /** Reads for somebody who only wants to know: a file, or tables, that are not there are not made, and hold nothing. */
  async look<T>(step: (store: Store) => T): Promise<T> {
    if (!this.#store && this.#isYetToBeMade) return this.#lookAtNothing(step)
    const isThere = this.#prepared || (await this.#patiently(({ db }) => hasSchema(db)))
    return isThere ? this.read(step) : this.#lookAtNothing(step)
  }

  /** Does something in a transaction of its own, as soon as it can be done. */
  write<T>(step: (store: Store) => T): Promise<T> {
    return this.#patiently((store) => {
      this.#prepare(store)
      if (store.db.inTransaction) throw new OpenTransaction()
      const result = store.transact(() => step(store))
      this.#file?.trim(store.db)
      return result
    })
  }

  /** Closes the file, unless the connection is the app's. */
  async close(): Promise<void> {
    await this.#opening?.catch(() => undefined)
    this.#discard()
  }

  /** Repeats a step while somebody else is in its way, and leaves the event loop free meanwhile. */
  async #patiently<T>(step: (store: Store) => T): Promise<T> {
    let isTold = false
    const begun = performance.now()
    const end = begun + this.#busyTimeout * 1000
    for (let tries = 1; ; tries += 1) {
      try {
        // Another call may have closed it again meanwhile, because it could not be used.
        while (!this.#store) await this.#open()
        const result = step(this.#store)
        if (isTold) this.#tellFree()
        return result
      } catch (error) {
        if (!(error instanceof OpenTransaction) && !isBusy(error)) throw this.#refused(error)
        const now = performance.now()
        if (now < end) {
          isTold ||= this.#tellBusy(error, (now - begun) / 1000)
        } else {
          if (isTold) this.#waiting -= 1
          throw this.#gaveUp(error, this.#busyTimeout)
        }
      }
      // Jitter keeps processes from meeting again and again.
      await (tries <= QUICK_TRIES ? turn() : pause(Math.random() * LONGEST_PAUSE))
    }
  }

  /** Tells of a lock that lasts, and gives whether it did. */
  #tellBusy(error: unknown, seconds: number): boolean {
    if (seconds < LONG_BUSY) return false
    this.#waiting += 1
    this.#life.tellTrouble(this.#gaveUp(error, seconds), seconds)
    return true
  }

  /** What only reads gets through meanwhile: the lock has ended once all have done so who waited for it. */
  #tellFree(): void {
    this.#waiting -= 1
    if (this.#waiting === 0) this.#life.tellTrouble(undefined)
  }

  #open(): Promise<unknown> {
    if (this.#life.isClosed) throw this.#life.closedError()
    this.#opening ??= loadSqlite3()
      .then((driver) => {
        const path = this.address?.path ?? ''
        if (!this.isPrivate) createPrivately(path)
        // The driver's own waiting would block the event loop.
        this.#store = new Store(openDatabase(driver, path, 0), this.leases)
        if (!this.isPrivate) this.#file = new OpenFile(path, this.dsn)
      })
      .finally(() => (this.#opening = undefined))
    return this.#opening
  }

  async #lookAtNothing<T>(step: (store: Store) => T): Promise<T> {
    const db = openDatabase(await loadSqlite3(), ':memory:', 0)
    try {
      ensureSchema(db, this.dsn)
      return step(new Store(db, this.leases))
    } finally {
      db.close()
    }
  }

  /** Sees to the settings of our own connection, to the tables, and to it that both are still those of the file. */
  #prepare(store: Store): Store {
    if (this.#prepared) return this.#checked(store)
    const { db } = store
    if (this.address) db.exec(`${OWN_SETTINGS}; PRAGMA synchronous = ${this.address.synchronous}`)
    this.#hasCreated = ensureSchema(db, this.dsn) || this.#hasCreated
    // Tables that were made in an open transaction may be rolled back.
    this.#prepared = !db.inTransaction
    return store
  }

  #checked(store: Store): Store {
    const now = performance.now()
    if (now - this.#lookedAt < LOOK_EVERY) return store
    this.#lookedAt = now
    const change = this.#file?.change()
    if (change) {
      this.#prepared = false
      throw change
    }
    store.checkQueues()
    return store
  }

  #refused(error: unknown): unknown {
    if (isDropped(error)) this.#prepared = false
    // What could not even be opened is opened anew by the next call: by then, somebody may have repaired it.
    if (!this.#prepared) this.#discard()
    return storeError(error, this.dsn)
  }

  #discard(): void {
    if (!this.address) return
    this.#store?.db.close()
    this.#store = undefined
    this.#file = undefined
    this.#prepared = false
  }

  #gaveUp(cause: unknown, seconds: number): StoreUnavailableError {
    const [why, wayOut] =
      cause instanceof OpenTransaction
        ? ["the app's transaction on this connection", 'Commit it before awaiting anything but a push.']
        : ["somebody else's lock", 'Keep transactions short, or raise it with ?busy_timeout=30s.']
    const waited = `${why} has not ended within ${Number(seconds.toFixed(1))} s`
    return new StoreUnavailableError(this.dsn, waited, wayOut, cause)
  }
}
