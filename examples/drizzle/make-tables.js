// @ts-check
// An app with more tables would have migrations of drizzle-kit. The queue makes its own.
import { sql } from 'drizzle-orm'
import { db, pool, shelf } from './database.js'

await db.execute(sql`
  CREATE TABLE IF NOT EXISTS shelf (item text PRIMARY KEY, amount integer NOT NULL);
  CREATE TABLE IF NOT EXISTS orders (id serial PRIMARY KEY, item text NOT NULL, packed integer NOT NULL DEFAULT 0);
`)
const items = ['boots', 'hat', 'umbrella'].map((item) => ({ item, amount: 1000 }))
await db.insert(shelf).values(items).onConflictDoNothing()
await pool.end()
