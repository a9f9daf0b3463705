import { type Delivery, InvalidOptionError, type PushItem, type Transactions } from '@alligator/core'
import { drizzleQuery, kyselyQuery, rowsOf } from '@alligator/core/backend'
import type { Connection } from './connection.js'
import { PostgresDelivery } from './deliveries.js'
import type { Pushes } from './pushes.js'

/** What libraries give for an open transaction, as far as it is used, and what tells one from the other. */
interface Shape {
  query?(text: string, values: readonly unknown[]): Promise<unknown>
  unsafe?(text: string, values: readonly unknown[]): Promise<unknown>
  raw?(text: string, values: readonly unknown[]): Promise<unknown>
  execute?(...query: readonly unknown[]): Promise<unknown>
  executeQuery?(query: object): Promise<unknown>
  $queryRawUnsafe?(text: string, ...values: readonly unknown[]): Promise<unknown>
  getTransactionContext?(): unknown
  readonly sequelize?: { query(text: string, options: object): Promise<unknown> }
  readonly isTransaction?: boolean
  readonly queryRunner?: { readonly isTransactionActive: boolean } | null
  savepoint?: unknown
  begin?: unknown
  totalCount?: unknown
}

/** Runs one statement, in which `$1` stands once, in a transaction of the app. */
type Run = (text: string, parameter: string) => Promise<unknown>

/**
 * Takes part in transactions of the app, with one statement that has one parameter of text: this is what every library lets
 * through as it is. They are told apart by their shape, and none of them is imported.
 */
export class AppTransactions implements Transactions {
  readonly #connection: Connection
  readonly #pushes: Pushes

  constructor(connection: Connection, pushes: Pushes) {
    this.#connection = connection
    this.#pushes = pushes
  }

  async push(transaction: object, queue: string, items: readonly PushItem[]): Promise<void> {
    const ask = askIn(transaction)
    if (items.length === 0) return
    await this.#connection.ready()
    await this.#pushes.within(ask, queue, items)
  }

  async ack(transaction: object, delivery: Delivery): Promise<boolean> {
    const ask = askIn(transaction)
    const proof = { id: PostgresDelivery.idOf(delivery), lease: delivery.receipt }
    const rows = await ask(this.#connection.statements.ackWithin.text, JSON.stringify(proof))
    return rows.length > 0
  }

  /** Each statement is awaited, so that every transaction is. */
  endsAtReturn(): boolean {
    return false
  }
}

function askIn(transaction: object): (text: string, parameter: string) => Promise<readonly unknown[]> {
  const run = runIn(transaction as Shape)
  return async (text, parameter) => rowsOf(await run(text, parameter))
}

/** @throws InvalidOptionError */
function runIn(tx: Shape): Run {
  const { sequelize } = tx
  // A pool, and what a library gives outside of a transaction, would write at once.
  if (tx.isTransaction === false || tx.queryRunner?.isTransactionActive === false) throw notOpen(tx)
  if ('totalCount' in tx || (typeof tx.begin === 'function' && tx.savepoint === undefined)) throw notOpen(tx)
  if (sequelize) return (text, parameter) => sequelize.query(text, { bind: [parameter], transaction: tx })
  if (tx.$queryRawUnsafe) return async (text, parameter) => tx.$queryRawUnsafe?.(text, parameter)
  if (tx.executeQuery) return async (text, parameter) => tx.executeQuery?.(kyselyQuery(text, [parameter]))
  if (tx.getTransactionContext)
    return async (text, parameter) => tx.execute?.(text.replace('$1', '?'), [parameter])
  if (tx.unsafe) return async (text, parameter) => tx.unsafe?.(text, [parameter])
  if (tx.raw && tx.isTransaction)
    return async (text, parameter) => tx.raw?.(text.replace('$1', '?'), [parameter])
  if (tx.execute) return async (text, parameter) => tx.execute?.(drizzleQuery(text, [parameter]))
  if (typeof tx.query === 'function') return async (text, parameter) => tx.query?.(text, [parameter])
  throw notOpen(tx)
}

function notOpen(given: unknown): InvalidOptionError {
  return new InvalidOptionError(
    'transaction',
    given,
    'Pass what your library gives for an open transaction: the client of pg after BEGIN, the tx or trx of a callback, ' +
      'or { query(text, values) }.',
  )
}
