// @ts-check
import { db, orders } from './database.js'
import { gator } from './gator.js'
import { pack } from './warehouse.js'

/**
 * Takes an order, and has it packed: both, or neither.
 * @param {string} item
 * @returns {Promise<number>} its number
 */
export function order(item) {
  return db.transaction(async (transaction) => {
    const [placed] = await transaction.insert(orders).values({ item }).returning({ id: orders.id })
    if (!placed) throw new Error('The order was not stored.')
    await gator.options({ transaction, retries: 5, backoff: 1 }).task(pack, placed.id)
    return placed.id
  })
}
