import { checkText } from '@alligator/core/backend'

/** The keys of one queue. They share a hash tag, so that on a cluster they live together. */
export interface QueueKeys {
  /** Hash: id to payload, of everything that the queue holds. */
  readonly tasks: string
  /** List: ids, the head of the line first. */
  readonly waiting: string
  /** Sorted set: ids by the Unix millisecond when they are due. */
  readonly delayed: string
  /** Sorted set: ids by the Unix millisecond when their lease ends. */
  readonly running: string
  /** Hash: id to the receipt of the current lease. */
  readonly receipts: string
  /** Sorted set: ids by the Unix microsecond of their death. */
  readonly dead: string
  /** Hash: id to why it died. */
  readonly reasons: string
  /** Sorted set: ids that left the queue without success, by the Unix millisecond of that. */
  readonly gone: string
  /** Hash: what a task may be there under only once, to the ids of those that are. */
  readonly unique: string
  /** Sorted set: what is taken for a time, by the Unix millisecond when that is over. */
  readonly taken: string
  /** Hash: the same, to the id of the task that has taken it. */
  readonly takers: string
  /** Hash: id of a schedule to its payload. */
  readonly schedules: string
  /** Sorted set: ids of schedules by the Unix millisecond of their next tick. */
  readonly ticks: string
  /** Hash: id of a schedule to its version and state. */
  readonly states: string
  /** Sorted set: what waits for what. */
  readonly edges: string
  /** Hash: id to what a parked task waits for. */
  readonly parked: string
  /** Hash: id of a batch to how far it is. */
  readonly batches: string
  /** Sorted set: ids of batches that have not ended, by the Unix millisecond when they were made. */
  readonly opened: string
  /** Sorted set: ids of batches that have ended, by the Unix millisecond of that. */
  readonly over: string
  /** Sorted set: those who wait for a task, by the Unix millisecond of their next look. */
  readonly idle: string
  /** Sorted set: deliveries that were released, buried or canceled of late, by the Unix millisecond when that is forgotten. */
  readonly ended: string
  /** Hash: since when, until when and why it is paused. */
  readonly paused: string
  /** What the names of the strings begin with that hold what tasks have given. */
  readonly results: string
  /** What the names of the strings begin with that hold, for a moment, what was just removed. */
  readonly removed: string
  /** String: which pushes of this client were carried out of late. */
  readonly pushed: string
  /** String: the same for the pushes of tasks that may be there only once. */
  readonly placed: string
}

/** Queues whose keys are kept at hand. */
const MOST_KNOWN = 1000
/** Tags end at the first brace, so that a queue's name must not hold one. */
const ESCAPED = /[%{}]/g
const ESCAPE = /%(25|7B|7D)/g

/** The keys of the queues of one client, whose names may be any text. */
export class Keys {
  readonly #prefix: string
  readonly #clientId: string
  readonly #known = new Map<string, QueueKeys>()

  constructor(prefix: string, clientId: string) {
    this.#prefix = prefix
    this.#clientId = clientId
  }

  of(queue: string): QueueKeys {
    const known = this.#known.get(queue)
    if (known) return known
    if (this.#known.size >= MOST_KNOWN) this.#known.clear()
    const keys = queueKeys(this.#prefix, queue, this.#clientId)
    this.#known.set(queue, keys)
    return keys
  }
}

function queueKeys(prefix: string, queue: string, clientId: string): QueueKeys {
  const base = `${prefix}:{${escapeTag(checkText(queue, 'queue'))}}`
  return {
    tasks: `${base}:tasks`,
    waiting: `${base}:waiting`,
    delayed: `${base}:delayed`,
    running: `${base}:running`,
    receipts: `${base}:receipts`,
    dead: `${base}:dead`,
    reasons: `${base}:reasons`,
    gone: `${base}:gone`,
    unique: `${base}:unique`,
    taken: `${base}:taken`,
    takers: `${base}:takers`,
    schedules: `${base}:schedules`,
    ticks: `${base}:ticks`,
    states: `${base}:states`,
    edges: `${base}:edges`,
    parked: `${base}:parked`,
    batches: `${base}:batches`,
    opened: `${base}:opened`,
    over: `${base}:over`,
    idle: `${base}:idle`,
    ended: `${base}:ended`,
    paused: `${base}:paused`,
    results: `${base}:result:`,
    removed: `${base}:removed:`,
    pushed: `${base}:pushed:${clientId}`,
    placed: `${base}:placed:${clientId}`,
  }
}

function escapeTag(name: string): string {
  return name.replace(ESCAPED, (character) => encodeURIComponent(character))
}

/** The pattern that a queue's `tasks` key matches: every queue that holds anything has one. */
export function tasksPattern(prefix: string): string {
  return `${escapePattern(prefix)}:{*}:tasks`
}

/** The key of what a worker said of itself. All of them share a hash tag, so that on a cluster one call reads them. */
export function workerKey(prefix: string, id: string): string {
  return `${prefix}:worker:{worker}:${checkText(id, 'id')}`
}

/** The keys of how the tasks of a queue have ended: those of all queues share a hash tag with the list of the queues. */
export function tallyKeys(
  prefix: string,
  queue: string,
  answer: string = '',
): { readonly tally: string; readonly index: string; readonly answer: string } {
  const index = `${prefix}:tallies:{tallies}`
  return { index, tally: `${index}:of:${checkText(queue, 'queue')}`, answer: `${index}:answer:${answer}` }
}

/** The key of what is kept by name, which is its hash tag: what is written beside it is on the same node of a cluster. */
export function stateKey(prefix: string, key: string): string {
  return `${prefix}:state:{${escapeTag(key)}}`
}

/** The pattern that the keys of all workers match. */
export function workersPattern(prefix: string): string {
  return workerKey(escapePattern(prefix), '*')
}

function escapePattern(text: string): string {
  return text.replace(/[*?[\]\\^-]/g, '\\$&')
}

/** The name of the queue that a `tasks` key belongs to. */
export function queueOf(prefix: string, tasks: string): string {
  const name = tasks.slice(`${prefix}:{`.length, -'}:tasks'.length)
  return name.replace(ESCAPE, (escape) => decodeURIComponent(escape))
}
