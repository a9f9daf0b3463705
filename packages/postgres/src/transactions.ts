import {
  type Delivery,
  InvalidOptionError,
  type Placed,
  type PushItem,
  type Transactions,
} from '@alligator/core'
import { drizzleQuery, kyselyQuery, rowsOf } from '@alligator/core/backend'
import type { Connection } from './connection.js'
import { PostgresDelivery } from './deliveries.js'
import type { Placements } from './placements.js'
import type { Pushes } from './pushes.js'
import { type Ties, askingWithin } from './ties.js'
import type { Wakeups } from './wakeups.js'

/** What libraries give for an open transaction, as far as it is used, and what tells one from the other. */
interface Shape {
  query?(text: string, values: readonly unknown[]): Promise<unknown>
  unsafe?(text: string, values: readonly unknown[]): Promise<unknown>
  raw?(text: string, values: readonly unknown[]): Promise<unknown>
  execute?(...query: readonly unknown[]): Promise<unknown>
  executeQuery?(query: object): Promise<unknown>
  $queryRawUnsafe?(text: string, ...values: readonly unknown[]): Promise<unknown>
  readonly sequelize?: { query(text: string, options: object): Promise<unknown> }
  readonly isTransaction?: boolean
  readonly isTransactionActive?: boolean
  readonly queryRunner?: { readonly isTransactionActive: boolean } | null
  isInTransaction?(): boolean
  getTransactionStatus?(): string | null
  readonly finished?: unknown
  commit?: unknown
  rollback?: unknown
  savepoint?: unknown
  transaction?: unknown
  $connect?: unknown
  totalCount?: unknown
}

/** How a library is known by what it gives for an open transaction, and how it runs a statement in there. */
interface Library {
  readonly isIt: (tx: Shape) => unknown
  readonly isOpen: (tx: Shape) => boolean
  readonly run: (tx: Shape, text: string, parameter: string) => Promise<unknown> | undefined
}

/** In this order: some have the methods of others. */
const LIBRARIES: Readonly<Record<string, Library>> = {
  sequelize: {
    isIt: (tx) => tx.sequelize && tx.commit,
    isOpen: (tx) => !tx.finished,
    run: (tx, text, parameter) => tx.sequelize?.query(text, { bind: [parameter], transaction: tx }),
  },
  prisma: {
    isIt: (tx) => tx.$queryRawUnsafe,
    isOpen: (tx) => !tx.$connect,
    run: (tx, text, parameter) => tx.$queryRawUnsafe?.(text, parameter),
  },
  kysely: {
    isIt: (tx) => tx.executeQuery,
    isOpen: (tx) => tx.isTransaction === true,
    run: (tx, text, parameter) => tx.executeQuery?.(kyselyQuery(text, [parameter])),
  },
  mikroOrm: {
    isIt: (tx) => tx.isInTransaction,
    isOpen: (tx) => tx.isInTransaction?.() === true,
    run: (tx, text, parameter) => tx.execute?.(text.replace('$1', '?'), [parameter]),
  },
  postgresJs: {
    isIt: (tx) => tx.unsafe,
    isOpen: (tx) => tx.savepoint !== undefined,
    run: (tx, text, parameter) => tx.unsafe?.(text, [parameter]),
  },
  knex: {
    isIt: (tx) => tx.raw,
    isOpen: (tx) => tx.isTransaction === true,
    run: (tx, text, parameter) => tx.raw?.(text.replace('$1', '?'), [parameter]),
  },
  drizzle: {
    isIt: (tx) => tx.execute,
    isOpen: (tx) => tx.rollback !== undefined,
    run: (tx, text, parameter) => tx.execute?.(drizzleQuery(text, [parameter])),
  },
  pg: {
    isIt: (tx) => tx.getTransactionStatus,
    // Older versions of pg do not tell, and are taken at their word below.
    isOpen: (tx) => tx.getTransactionStatus?.() !== 'I',
    run: (tx, text, parameter) => tx.query?.(text, [parameter]),
  },
  typeOrm: {
    isIt: (tx) => tx.query && tx.transaction,
    isOpen: (tx) => tx.queryRunner?.isTransactionActive === true,
    run: (tx, text, parameter) => tx.query?.(text, [parameter]),
  },
  other: {
    isIt: (tx) => typeof tx.query === 'function',
    // Not a pool, and not a QueryRunner of TypeORM that has none.
    isOpen: (tx) => !('totalCount' in tx) && tx.isTransactionActive !== false,
    run: (tx, text, parameter) => tx.query?.(text, [parameter]),
  },
}

/**
 * Takes part in transactions of the app, with one statement that has one parameter of text: this is what every library lets
 * through as it is. They are told apart by their shape, and none of them is imported.
 */
export class AppTransactions implements Transactions {
  readonly #connection: Connection
  readonly #pushes: Pushes
  readonly #wakeups: Wakeups
  readonly #placements: Placements
  readonly #ties: Ties

  constructor(connection: Connection, pushes: Pushes, placements: Placements, ties: Ties, wakeups: Wakeups) {
    this.#connection = connection
    this.#pushes = pushes
    this.#ties = ties
    this.#wakeups = wakeups
    this.#placements = placements
  }

  async push(transaction: object, queue: string, items: readonly PushItem[]): Promise<void> {
    const ask = askIn(transaction)
    if (items.length === 0) return
    await this.#connection.ready()
    await this.#pushes.within(ask, queue, items)
    if (this.#connection.settings.notifyInTransaction) await this.#wakeups.tellWithin(ask, queue)
  }

  /** The same for tasks of which some have a key. */
  async place(transaction: object, queue: string, items: readonly PushItem[]): Promise<Placed[]> {
    const ask = askIn(transaction)
    if (items.length === 0) return []
    await this.#connection.ready()
    return this.#placements.within(ask, queue, items)
  }

  async ack(transaction: object, delivery: Delivery): Promise<boolean> {
    const ask = askIn(transaction)
    const proof = { id: PostgresDelivery.idOf(delivery), lease: delivery.receipt }
    const rows = await ask(this.#connection.statements.ackWithin.text, JSON.stringify(proof))
    return rows.length > 0 || this.#ties.ackWithin(askingWithin(ask), delivery)
  }

  /** Each statement is awaited, so that every transaction is. */
  endsAtReturn(): boolean {
    return false
  }
}

/** @throws InvalidOptionError for what would write at once, or cannot be asked at all. */
function askIn(transaction: object): (text: string, parameter: string) => Promise<readonly unknown[]> {
  const tx = transaction as Shape
  const library = Object.values(LIBRARIES).find(({ isIt }) => isIt(tx))
  if (!library?.isOpen(tx)) throw notOpen(tx)
  return async (text, parameter) => rowsOf(await library.run(tx, text, parameter))
}

function notOpen(given: unknown): InvalidOptionError {
  return new InvalidOptionError(
    'transaction',
    given,
    'Pass what your library gives for an open transaction: the client of pg after BEGIN, the tx or trx of a callback, ' +
      'or { query(text, values) }.',
  )
}
