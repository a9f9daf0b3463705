import { expectEqual } from '../expect.js'
import { type Scenario, proves } from '../scenario.js'
import { facetOf } from '../trial.js'

/** Tables that are made on demand. */
export const migrations: readonly Scenario[] = [
  proves('tables are made once, and keep what they hold', ['migrations'], async (trial) => {
    const queue = trial.queue()
    const { version } = await trial.migrations.migrate()
    expectEqual(/CREATE TABLE/i.test(trial.migrations.sql), true, 'the SQL that makes them can be read')
    await trial.push(queue, ['one'])
    const other = facetOf(await trial.another(), 'migrations')
    const again = { version, created: false }
    expectEqual(await other.migrate(), again, 'tables that are there are made by nobody')
    await trial.expectCounts(queue, { waiting: 1 }, 'tables that are there keep what they hold')
  }),
]
