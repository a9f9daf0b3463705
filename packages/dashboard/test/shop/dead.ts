import { type Gator, Worker, silentLogger } from '@alligator/core'
import { charge } from './mail.js'

/** Orders that a worker has tried in vain; gives the ids of their tasks. */
export async function withDead(gator: Gator, ...orders: readonly string[]): Promise<string[]> {
  const tasks = await gator.taskMany(
    charge,
    orders.map((order): [string, string] => [order, 'REFUSED']),
  )
  await new Worker(gator, { burst: true, logger: silentLogger() }).runForever()
  return tasks.map(({ taskId }) => taskId)
}
