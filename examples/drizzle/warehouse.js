// @ts-check
import { currentTask } from '@alligator/core'
import { eq, sql } from 'drizzle-orm'
import { db, orders, shelf } from './database.js'

/**
 * Takes what was ordered off the shelf. Its writes and its end are one: it may run twice, and packs once.
 * @param {number} id
 */
export async function pack(id) {
  await db.transaction(async (transaction) => {
    const [packed] = await transaction
      .update(orders)
      .set({ packed: sql`${orders.packed} + 1` })
      .where(eq(orders.id, id))
      .returning({ item: orders.item })
    if (!packed) throw new Error(`There is no order ${id}.`)
    const less = { amount: sql`${shelf.amount} - 1` }
    await transaction.update(shelf).set(less).where(eq(shelf.item, packed.item))
    await currentTask()?.completeIn(transaction)
  })
}
