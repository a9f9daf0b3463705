import { NotSupportedError } from '../errors/index.js'
import type { Client } from './client.js'
import type { FacetName } from './facets.js'

/** What an operation may be nothing without. */
export type Need = FacetName | 'leases'

/** Which of our stores have it: where to go for what another lacks. */
const STORES: Readonly<Record<Need, readonly string[]>> = {
  leases: ['memory', 'SQLite', 'PostgreSQL', 'Redis', 'beanstalkd', 'SQS'],
  byId: ['memory', 'SQLite', 'PostgreSQL', 'Redis', 'beanstalkd'],
  listing: ['memory', 'SQLite', 'PostgreSQL', 'Redis'],
  deadLetters: ['memory', 'SQLite', 'PostgreSQL', 'Redis', 'beanstalkd', 'SQS'],
  cancellation: ['memory', 'SQLite', 'PostgreSQL', 'Redis'],
  directory: ['memory', 'SQLite', 'PostgreSQL', 'Redis'],
  tallies: ['memory', 'SQLite', 'PostgreSQL', 'Redis'],
  results: ['memory', 'SQLite', 'PostgreSQL', 'Redis'],
  notes: ['memory', 'SQLite', 'PostgreSQL', 'Redis'],
  renewal: ['SQLite', 'PostgreSQL', 'Redis'],
  transactions: ['SQLite', 'PostgreSQL'],
  uniqueness: ['memory', 'SQLite', 'PostgreSQL', 'Redis'],
  migrations: ['SQLite', 'PostgreSQL'],
  health: ['SQLite', 'PostgreSQL', 'Redis'],
  state: ['memory', 'SQLite', 'PostgreSQL', 'Redis'],
  priorities: ['memory', 'SQLite', 'PostgreSQL', 'Redis', 'beanstalkd'],
  pausing: ['memory', 'SQLite', 'PostgreSQL', 'Redis'],
  expediting: ['memory', 'SQLite', 'PostgreSQL', 'Redis', 'beanstalkd'],
  schedules: ['memory', 'SQLite', 'PostgreSQL', 'Redis'],
  dependents: ['memory', 'SQLite', 'PostgreSQL', 'Redis'],
  batches: ['memory', 'SQLite', 'PostgreSQL', 'Redis'],
}

/** What else helps where a store lacks it. */
const WAYS_OUT: Partial<Readonly<Record<Need, string>>> = {
  priorities:
    'Or put urgent tasks on a queue of their own, and let the worker share by weight: toConsume: { urgent: 5, mail: 1 }',
  results:
    "Or let another store keep them, beside this one: new Gator(dsn, { state: 'redis://…' }). Or let the function write what it gives where " +
    'your app keeps its data, under an id that is among its arguments',
  notes:
    "Or let another store keep them, beside this one: new Gator(dsn, { state: 'redis://…' }). Or let the function write down what it has done " +
    'where your app keeps its data, and look there first',
  schedules:
    "Or let another store keep them, beside this one: new Gator(dsn, { state: 'redis://…' }). Or have something else call " +
    '`alligator enqueue` at certain times: `alligator schedules --export crontab` (or eventbridge, vercel, k8s) on a store that has it writes that',
  batches:
    'A state store cannot do it for this one: no step covers both, so that a member could end and not be counted. ' +
    'Or let the last task of the work push what is to follow, by an id of its own, which is not there twice',
  uniqueness: "Or let another store keep keys, beside this one: new Gator(dsn, { state: 'redis://…' })",
  pausing: "Or let another store keep it, beside this one: new Gator(dsn, { state: 'redis://…' })",
}

/**
 * Gives what an operation needs of a client: the one place where it is refused for want of it.
 *
 * @throws NotSupportedError, which names the operation, what is missing, and the stores that have it.
 *
 * @example
 * ```ts
 * const { tasks } = await need(gator.backend, 'listing', 'a list of dead letters').list('all', 'dead')
 * ```
 */
export function need<N extends Need>(client: Client, what: N, operation: string): NonNullable<Client[N]> {
  const found = client[what]
  if (found) return found
  throw new NotSupportedError(client.constructor.name, operation, what, STORES[what], WAYS_OUT[what])
}
