import { PostgresClient } from '../src/index.js'
import { LIBRARIES } from './libraries.js'

/**
 * A process that is killed in the midst of transactions, one of each library: in each a row is written, a task is pushed and
 * another one, which it has taken, ends. Usage: `interrupted DSN`.
 */
const [dsn = ''] = process.argv.slice(2)

/** Resolves when it has told how far it is, and never commits. */
async function interrupt(name: string): Promise<never> {
  const library = await LIBRARIES[name]?.(dsn)
  const client = new PostgresClient(dsn)
  const [delivery] = await client.reserve([name], { lease: 600 })
  if (!library || !delivery) throw new Error(`There is nothing for ${name}.`)
  await library.transact(async (tx) => {
    await library.write(tx, name)
    await client.transactions.push(tx, name, [{ taskId: 'never', data: '' }])
    if (!(await client.transactions.ack(tx, delivery))) throw new Error(`${name} holds nothing.`)
    process.send?.(name)
    await new Promise(() => undefined)
  })
  throw new Error('It was committed.')
}

for (const name of Object.keys(LIBRARIES)) void interrupt(name)
