import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { Delivery } from '@alligator/core'
import Database from 'better-sqlite3'
import { SqliteClient } from '../src/index.js'

/**
 * A process that takes part in a test, until it is killed or has done its share. Usage: `actor ROLE DSN ARGUMENT`.
 * It says `ready`, waits for a message, plays its role and reports through the channel to its parent.
 */
const [role = '', dsn = '', argument = ''] = process.argv.slice(2)
const QUEUE = 'work'
const LIMIT = 10

const idsOf = (deliveries: readonly Delivery[]) => deliveries.map((delivery) => delivery.taskId).join()

/** Resolves when the parent has been told. */
const tell = (message: unknown) =>
  new Promise<void>((resolve) => process.send?.(message, undefined, {}, () => resolve()))

const roles: Readonly<Record<string, (client: SqliteClient) => Promise<unknown>>> = {
  /** Makes the tables with one push. */
  async open(client) {
    return client.push(QUEUE, argument, argument)
  },

  /** Pushes a number of tasks, some of them in one go. */
  async push(client) {
    for (let pushed = 0; pushed < Number(argument); pushed += LIMIT) {
      const ids = Array.from({ length: LIMIT }, () => randomUUID())
      await Promise.all(ids.map((id) => client.push(QUEUE, id, `task ${id}`)))
      await tell({ pushed: ids })
    }
  },

  /** Takes tasks until none has come for so many seconds; tells which before it acknowledges them. */
  async work(client) {
    for (;;) {
      const deliveries = await client.reserve([QUEUE], { limit: LIMIT, lease: 1, wait: Number(argument) })
      if (deliveries.length === 0) return
      await tell({ acking: deliveries.map((delivery) => delivery.taskId) })
      await client.ack(deliveries)
    }
  },

  /** Takes a number of tasks, holds them, and tells which of them it holds no longer once it hears of a cancel. */
  async hold(client) {
    const held = await client.reserve([QUEUE], { limit: Number(argument), lease: 30, wait: 20 })
    const heard = new Promise<void>((resolve) => client.cancellation.onCancel(resolve))
    await tell({ holds: idsOf(held) })
    await heard
    const lost = await client.extend(held, 30)
    await tell({ lost: idsOf(lost) })
  },

  /** For each of two tasks: writes a row, pushes another task and ends it in one transaction. The second one is never committed. */
  async interrupted(client) {
    const db = new Database(argument)
    for (const delivery of await client.reserve([QUEUE, 'all'], { limit: 2, lease: 30 })) {
      const { taskId } = delivery
      db.exec('BEGIN')
      db.prepare('INSERT INTO posts (title) VALUES (?)').run(taskId)
      await client.transactions.push(db, 'all', [{ taskId: `after ${taskId}`, data: '' }])
      await client.transactions.ack(db, delivery)
      await tell({ writes: taskId })
      if (taskId === 'killed') await once(process, 'SIGUSR2')
      db.exec('COMMIT')
    }
  },

  /** Tells of each task as it comes, up to so many. */
  async echo(client) {
    for (let left = Number(argument); left > 0; left -= 1) {
      const deliveries = await client.reserve([QUEUE], { lease: 30, wait: 20 })
      await tell({ got: deliveries[0]?.taskId })
      await client.ack(deliveries)
    }
  },
}

process.once('message', () => {
  const client = new SqliteClient(dsn)
  void (async () => {
    await roles[role]?.(client)
    await client.close()
    await tell('done')
    process.disconnect()
  })()
})
void tell('ready')
