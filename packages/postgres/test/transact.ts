import type { AppTransaction } from '@alligator/conformance'
import type pg from 'pg'

/** Works in a transaction of an app that uses pg. */
export async function transact(pool: pg.Pool, work: (app: AppTransaction) => Promise<void>): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    await work({ transaction: client, run: (sql) => client.query(sql) })
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  } finally {
    client.release()
  }
}
