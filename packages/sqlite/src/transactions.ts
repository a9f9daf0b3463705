import {
  type Awaitable,
  type Clock,
  type Delivery,
  DuplicateTaskError,
  InvalidOptionError,
  type Payload,
  type Placed,
  type PushItem,
  type Transactions,
} from '@alligator/core'
import { checkText, drizzleQuery, isReady, kyselyQuery, rowsOf } from '@alligator/core/backend'
import type { Connection } from './connection.js'
import { ADDED, ADD_COLUMNS, HAS_COLUMNS, TABLES, checkVersion } from './schema.js'
import * as sql from './statements.js'
import { finish, hasTie, openBatches, tie } from './ties.js'
import { type Question, type Steps as PlainSteps, change, question } from './questions.js'
import { place } from './uniqueness.js'
import {
  type NewTask,
  type StoredId,
  dueOf,
  packTask,
  readReceipt,
  sameData,
  unpackData,
  unpackId,
  levelColumn,
} from './stored.js'

type Row = Readonly<Record<string, unknown>>

/** What is asked of a transaction, one question after the other: in a single call where each is answered at once. */
type Steps<T> = Generator<Question, T, readonly Row[]>
type Ask = (question: Question) => Awaitable<readonly unknown[]>

interface Statement {
  all(...values: readonly unknown[]): unknown[]
  run(...values: readonly unknown[]): unknown
}

/** What libraries give for an open transaction, as far as it is used, and what tells one from the other. */
interface Shape {
  prepare?(text: string): Statement
  all?(query: object): Awaitable<unknown>
  run?(query: object): Awaitable<unknown>
  raw?(text: string, values: readonly unknown[]): Awaitable<unknown>
  query?(text: string, values: readonly unknown[]): Awaitable<unknown>
  executeQuery?(query: object): Promise<unknown>
  readonly inTransaction?: boolean
  readonly isTransaction?: boolean
  readonly resultKind?: string
  rollback?: unknown
}

/** Ids that one statement looks for. */
const MOST_IDS = 500
const NEEDED = ['alligator_meta', ...ADDED]
/** The file of a connection, and how many of these tables it has. */
const PLACE = `SELECT (SELECT file FROM pragma_database_list WHERE name = 'main') AS file,
  (SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN (${NEEDED.map((name) => `'${name}'`).join()})) AS found`
const VERSION_ROW = "SELECT value FROM alligator_meta WHERE key = 'version'"

/**
 * Takes part in transactions of the app, on its own connection to the same file. Libraries are told apart by their shape, and
 * none of them is imported. What better-sqlite3 and its like answer at once is done within the call: their transactions are over
 * as soon as a function returns.
 */
export class AppTransactions implements Transactions {
  readonly #connection: Connection
  readonly #clock: Clock

  constructor(connection: Connection, clock: Clock) {
    this.#connection = connection
    this.#clock = clock
  }

  push(transaction: object, queue: string, items: readonly PushItem[]): Awaitable<void> {
    const ask = askIn(transaction)
    if (items.length === 0) return
    const tasks = items.map(packTask)
    return play(this.#push(checkText(queue, 'queue'), tasks), ask)
  }

  /** The same for tasks of which some have a key. */
  place(transaction: object, queue: string, items: readonly PushItem[]): Awaitable<Placed[]> {
    const ask = askIn(transaction)
    if (items.length === 0) return []
    const tasks = items.map(packTask)
    return play(this.#place(checkText(queue, 'queue'), tasks), ask)
  }

  ack(transaction: object, delivery: Delivery): Awaitable<boolean> {
    return play(this.#ack(delivery), askIn(transaction))
  }

  endsAtReturn(transaction: object): boolean {
    const { prepare, resultKind } = transaction as Shape
    return prepare !== undefined || resultKind === 'sync'
  }

  *#push(name: string, tasks: readonly NewTask[]): Steps<void> {
    yield* this.#prepare()
    yield change(sql.ADD_QUEUE_ONCE, name)
    const [queue] = yield question(sql.FIND_QUEUE, name)
    const number = Number(queue?.['id'])
    const batches = yield* told(openBatches(number, name, tasks))
    const fresh = yield* newOf(name, queue?.['id'], tasks)
    yield* this.#write(queue?.['id'], fresh)
    yield* told(tie(number, fresh.filter(hasTie), batches))
  }

  *#write(queue: unknown, fresh: readonly NewTask[]): Steps<void> {
    const [someRemoved] = yield question(sql.SOME_REMOVED, queue)
    for (const { id } of someRemoved ? fresh : []) yield change(sql.NOT_REMOVED, queue, id)
    const now = this.#clock.now()
    if (fresh.some(({ level }) => level !== 0)) {
      for (const task of fresh) {
        const { id, enqueuedAt = null, data } = task
        const row = [queue, id, dueOf(task, now), enqueuedAt, levelColumn(task), data]
        yield change(sql.PUSH_LEVEL, ...row)
      }
      return
    }
    for (const some of inParts(fresh, sql.MANY)) {
      const rows = some.map((task) => {
        return [queue, task.id, dueOf(task, now), task.enqueuedAt ?? null, task.data]
      })
      yield change(sql.pushRows(some.length), ...rows.flat())
    }
  }

  *#place(name: string, tasks: readonly NewTask[]): Steps<Placed[]> {
    yield* this.#prepare()
    yield change(sql.ADD_QUEUE_ONCE, name)
    const [queue] = yield question(sql.FIND_QUEUE, name)
    return yield* told(place(Number(queue?.['id']), name, tasks, this.#clock.now()))
  }

  *#ack({ receipt }: Delivery): Steps<boolean> {
    yield* this.#prepare()
    const proof = readReceipt(receipt)
    const rows = yield question(sql.ACK_TELLING, ...proof)
    if (rows.length > 0) return true
    const [held] = yield question(sql.HELD_TASK, ...proof)
    if (!held) return false
    const [queue, id] = [Number(held['queue']), held['id'] as StoredId]
    yield change(sql.DELETE, id, queue)
    yield* told(finish(queue, { id, isSuccess: true }, this.#clock.now()))
    return true
  }

  /** Sees to it that it is the same file, and that the tables are there. */
  *#prepare(): Steps<void> {
    const [{ file, found } = {}] = yield question(PLACE)
    const path = typeof file === 'string' ? file : ''
    if (!this.#connection.isSame(path)) throw elsewhere(path, this.#connection.dsn)
    if (Number(found) < NEEDED.length) {
      const [columns] = yield question(HAS_COLUMNS)
      if (columns && Number(columns['found']) === 0) for (const text of ADD_COLUMNS) yield change(text)
      for (const text of TABLES.split(/;\n/)) if (text.trim() !== '') yield change(text)
    }
    const [version] = yield question(VERSION_ROW)
    checkVersion(Number(version?.['value']), this.#connection.dsn)
  }
}

/** Steps that are told rows without the names of their columns, which stand in the order in which they were asked for. */
function* told<T>(steps: PlainSteps<T>): Steps<T> {
  let step = steps.next([])
  while (!step.done) step = steps.next((yield step.value).map((row) => Object.values(row)))
  return step.value
}

/** Those that are not there yet; pushing what is there already is no error, as long as it is the same. */
function* newOf(name: string, queue: unknown, tasks: readonly NewTask[]): Steps<NewTask[]> {
  const held = new Map<string, Payload>()
  for (const some of inParts(tasks, MOST_IDS)) {
    const rows = yield question(sql.heldOf(some.length), queue, ...some.map(({ id }) => id))
    for (const { id, data } of rows) held.set(unpackId(id as StoredId), unpackData(data as Payload))
  }
  return tasks.filter(({ id, data }) => {
    const taskId = unpackId(id)
    const before = held.get(taskId)
    if (before === undefined) held.set(taskId, data)
    else if (!sameData(before, data)) throw new DuplicateTaskError(taskId, name)
    return before === undefined
  })
}

/** Takes steps to their end: in this call, for as long as the answers are there at once. */
function play<T>(steps: Steps<T>, ask: Ask, rows: readonly Row[] = []): Awaitable<T> {
  let step = steps.next(rows)
  while (!step.done) {
    const answer = ask(step.value)
    if (!isReady(answer))
      return Promise.resolve(answer).then((found) => play(steps, ask, found as readonly Row[]))
    step = steps.next(answer as readonly Row[])
  }
  return step.value
}

function inParts<T>(list: readonly T[], most: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / most) }, (_, at) =>
    list.slice(at * most, (at + 1) * most),
  )
}

/** @throws InvalidOptionError */
function askIn(transaction: object): Ask {
  const tx = transaction as Shape
  // What a library gives outside of a transaction would write at once.
  if (tx.isTransaction === false || tx.inTransaction === false) throw notOpen(tx)
  if (tx.prepare) return ({ text, values, gives }) => askDatabase(tx.prepare?.(text), values, gives)
  if (tx.executeQuery)
    return ({ text, values }) => tx.executeQuery?.(kyselyQuery(text, values)).then(rowsOf) ?? []
  if (tx.raw && tx.isTransaction) return async ({ text, values }) => rowsOf(await tx.raw?.(text, values))
  if (tx.all && tx.run && tx.rollback) return (asked) => askDrizzle(tx, asked)
  if (typeof tx.query === 'function')
    return async ({ text, values }) => rowsOf(await tx.query?.(text, values))
  throw notOpen(tx)
}

/** better-sqlite3, and SQLite of Node.js. */
function askDatabase(
  statement: Statement | undefined,
  values: readonly unknown[],
  gives: boolean,
): readonly unknown[] {
  if (gives) return statement?.all(...values) ?? []
  statement?.run(...values)
  return []
}

function askDrizzle(tx: Shape, { text, values, gives }: Question): Awaitable<readonly unknown[]> {
  const query = drizzleQuery(text, values)
  const answer = gives ? tx.all?.(query) : tx.run?.(query)
  return isReady(answer) ? rowsOf(answer) : Promise.resolve(answer).then(rowsOf)
}

function notOpen(given: unknown): InvalidOptionError {
  return new InvalidOptionError(
    'transaction',
    given,
    'Pass what your library gives for an open transaction: the Database of better-sqlite3 or node:sqlite after BEGIN, the tx or ' +
      'trx of a callback, or { query(text, values) }.',
  )
}

function elsewhere(file: string, dsn: string): InvalidOptionError {
  return new InvalidOptionError(
    'transaction',
    file === '' ? 'a database in memory' : file,
    `The queue is in another database, ${dsn}: give the Gator the file that your transaction writes to.`,
  )
}
