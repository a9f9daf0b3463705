import { type Gator, type StoredState, type StoredTask, need } from '../src/index.js'

/** The tasks of a gator's queue that are in one state. */
export async function listed(
  { backend, queueName }: Gator,
  state: StoredState,
): Promise<readonly StoredTask[]> {
  return (await need(backend, 'listing', 'this test').list(queueName, state, { limit: 1000 })).tasks
}
