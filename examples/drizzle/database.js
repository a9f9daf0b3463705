// @ts-check
// The shop's own data: what is on the shelf, and what was ordered.
import { drizzle } from 'drizzle-orm/node-postgres'
import { integer, pgTable, serial, text } from 'drizzle-orm/pg-core'
import pg from 'pg'

export const shelf = pgTable('shelf', {
  item: text().primaryKey(),
  amount: integer().notNull(),
})

export const orders = pgTable('orders', {
  id: serial().primaryKey(),
  item: text().notNull(),
  /** How often it was taken off the shelf: once, however often that was tried. */
  packed: integer().notNull().default(0),
})

export const pool = new pg.Pool({ connectionString: process.env.SHOP_DSN ?? 'postgres://' })
export const db = drizzle(pool)
