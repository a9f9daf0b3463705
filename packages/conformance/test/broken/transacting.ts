import {
  type Delivery,
  DuplicateTaskError,
  InvalidOptionError,
  LocmemClient,
  type Migrations,
  type PushItem,
  type StoredState,
  type Transactions,
} from '@alligator/core'
import type { AppTransaction } from '../../src/index.js'
import type { Fault, LocmemClass } from './fault.js'

const STATES: readonly StoredState[] = ['waiting', 'delayed', 'running', 'dead']

interface Pushed {
  readonly queue: string
  readonly item: PushItem
}

/** What becomes of an app's transaction in memory, once it commits. */
class Transaction {
  pushed: Pushed[] = []
  steps: (() => unknown)[] = []
}

/** Works in such a transaction, which knows of one savepoint. */
export async function transact(work: (app: AppTransaction) => Promise<void>): Promise<void> {
  const transaction = new Transaction()
  let saved: [Pushed[], (() => unknown)[]] = [[], []]
  const run = (sql: string) => {
    if (sql.startsWith('SAVEPOINT')) saved = [[...transaction.pushed], [...transaction.steps]]
    else [transaction.pushed, transaction.steps] = saved
  }
  await work({ transaction, run })
  for (const step of transaction.steps) await step()
}

/** Memory that takes part in transactions. */
class TransactingClient extends LocmemClient {
  override readonly migrations: Migrations = {
    sql: 'CREATE TABLE',
    migrate: () => ({ version: 1, created: false }),
  }

  override readonly transactions: Transactions = {
    push: (transaction, queue, items) => this.pushWithin(transaction as Transaction, queue, items),
    ack: (transaction, delivery) => this.ackWithin(transaction as Transaction, delivery),
    endsAtReturn: () => false,
  }

  async pushWithin(transaction: Transaction, queue: string, items: readonly PushItem[]): Promise<void> {
    if (!(transaction instanceof Transaction)) throw new InvalidOptionError('transaction', transaction, '')
    const before = [...transaction.pushed]
    try {
      for (const item of items) {
        await this.refuseOther(transaction, { queue, item })
        transaction.pushed.push({ queue, item })
      }
    } catch (error) {
      transaction.pushed = before
      throw error
    }
    transaction.steps.push(() => this.pushMany(queue, items))
  }

  async ackWithin(transaction: Transaction, delivery: Delivery): Promise<boolean> {
    const [lost] = await this.extend([delivery], 600)
    if (lost) return false
    transaction.steps.push(() => this.ack([delivery]))
    return true
  }

  async refuseOther({ pushed }: Transaction, { queue, item }: Pushed): Promise<void> {
    const pages = await Promise.all(STATES.map((state) => this.listing.list(queue, state)))
    const held = [
      ...pages.flatMap(({ tasks }) => tasks),
      ...pushed.filter((each) => each.queue === queue).map((each) => each.item),
    ].find(({ taskId }) => taskId === item.taskId)
    if (held && held.data !== item.data) throw new DuplicateTaskError(item.taskId, queue)
  }
}

const COMMITS = 'what is pushed in a transaction is there once that commits, and not before'
const ROLLS_BACK = 'what is pushed in a transaction that rolls back never was'
const IN_PART = 'a savepoint that is rolled back takes with it what was pushed since'
const REFUSES = 'a batch that is refused in a transaction is so as a whole, and leaves the rest'
const ENDS = 'a task that ends in a transaction is gone once that commits, and held until then'
const STAYS = 'a task whose end is rolled back is held as before'
const NOT_ITS = 'a transaction ends no task that its worker does not hold'

/** Where nothing is wrong, and the promises that must find nothing. */
export const sound: { readonly client: LocmemClass; readonly promises: readonly string[] } = {
  client: TransactingClient,
  promises: [COMMITS, ROLLS_BACK, IN_PART, REFUSES, ENDS, STAYS, NOT_ITS],
}

/** Faults of what belongs to transactions, and of tables that are made. */
export const transactingFaults: readonly Fault[] = [
  {
    fault: 'pushes without regard to the transaction',
    caughtBy: [COMMITS, ROLLS_BACK, IN_PART],
    client: class extends TransactingClient {
      override async pushWithin(_: Transaction, queue: string, items: readonly PushItem[]) {
        await this.pushMany(queue, items)
      }
    },
  },
  {
    fault: 'pushes nothing in a transaction',
    caughtBy: [COMMITS, IN_PART],
    client: class extends TransactingClient {
      override async pushWithin() {}
    },
  },
  {
    fault: 'pushes the part of a batch that comes before what is refused',
    caughtBy: [REFUSES],
    client: class extends TransactingClient {
      override async pushWithin(transaction: Transaction, queue: string, items: readonly PushItem[]) {
        for (const item of items) await super.pushWithin(transaction, queue, [item])
      }
    },
  },
  {
    fault: 'takes another task with the same id for the same',
    caughtBy: [REFUSES],
    client: class extends TransactingClient {
      override async refuseOther() {}
    },
  },
  {
    fault: 'takes anything for a transaction',
    caughtBy: ['what is no transaction is refused'],
    client: class extends TransactingClient {
      override async pushWithin(transaction: Transaction, queue: string, items: readonly PushItem[]) {
        if (transaction instanceof Transaction) await super.pushWithin(transaction, queue, items)
      }
    },
  },
  {
    fault: 'ends a task without regard to the transaction',
    caughtBy: [STAYS],
    client: class extends TransactingClient {
      override async ackWithin(_: Transaction, delivery: Delivery) {
        return (await this.ack([delivery])).length === 0
      }
    },
  },
  {
    fault: 'says that a task has ended, and leaves it',
    caughtBy: [ENDS],
    client: class extends TransactingClient {
      override async ackWithin() {
        return true
      }
    },
  },
  {
    fault: 'says of every task that it has ended',
    caughtBy: [NOT_ITS],
    client: class extends TransactingClient {
      override async ackWithin(transaction: Transaction, delivery: Delivery) {
        await super.ackWithin(transaction, delivery)
        return true
      }
    },
  },
  {
    fault: 'always says that it has made the tables',
    caughtBy: ['tables are made once, and keep what they hold'],
    client: class extends TransactingClient {
      override readonly migrations: Migrations = {
        sql: 'CREATE TABLE',
        migrate: () => ({ version: 1, created: true }),
      }
    },
  },
]
