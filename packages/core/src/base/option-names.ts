import { InvalidOptionError } from '../errors/index.js'
import { nearest } from './nearest.js'

/** The names that an options object may have. The compiler sees to it that none is missing, and none too many. */
export type OptionNames<T> = Readonly<Record<keyof T, true>>

/** What another library calls an option. Of several of ours the first that is known where it was given is meant. */
interface Word {
  readonly ours: readonly string[]
  readonly note?: string
  /** It counts the first attempt too. */
  readonly countsFirst?: boolean
}

const SECONDS = "It takes seconds, or text with a unit such as '500ms'."
const RETRIES: Word = { ours: ['retries'] }
const ATTEMPTS: Word = {
  ours: ['retries'],
  countsFirst: true,
  note: 'It counts the attempts after the first.',
}
const DELAY: Word = { ours: ['delayBy'], note: SECONDS }
const DUE: Word = { ours: ['delayUntil'], note: 'It takes a Date, or Unix time in seconds.' }
const ID: Word = { ours: ['taskId'] }
const QUEUE: Word = { ours: ['queueName', 'toConsume'] }
const PAUSE: Word = { ours: ['backoff'], note: SECONDS }
const LIMIT: Word = { ours: ['timeout'], note: SECONDS }
const LEASE: Word = { ours: ['lease'], note: SECONDS }

const WORDS: ReadonlyMap<string, Word> = new Map(
  Object.entries({
    attempts: ATTEMPTS,
    maxAttempts: ATTEMPTS,
    retry: RETRIES,
    retryLimit: RETRIES,
    maxRetries: RETRIES,
    delay: DELAY,
    countdown: DELAY,
    runAt: DUE,
    startAfter: DUE,
    scheduledAt: DUE,
    eta: DUE,
    id: ID,
    jobId: ID,
    jobKey: ID,
    queue: QUEUE,
    queues: QUEUE,
    queueName: QUEUE,
    retryDelay: PAUSE,
    retryBackoff: PAUSE,
    jobTimeout: LIMIT,
    timeLimit: LIMIT,
    async: { ours: ['isAsync'] },
    onFailure: { ours: ['onError'] },
    onFailed: { ours: ['onError'] },
    onComplete: { ours: ['onSuccess'] },
    onCompleted: { ours: ['onSuccess'] },
    lockDuration: LEASE,
    visibilityTimeout: LEASE,
    pollInterval: { ours: ['napTime'], note: SECONDS },
    maxJobs: { ours: ['maxTasks'] },
    keyPrefix: { ours: ['prefix'] },
  }),
)

/** Where an option belongs that was given elsewhere. */
const BELONGS: readonly (readonly [place: string, names: string])[] = [
  [
    'gator.options({ … })',
    'taskId retries isAsync onStart onSuccess onError dependsOn onFailedDependency delayBy delayUntil backoff timeout headers transaction queueName',
  ],
  ['new Gator(dsn, { … })', 'queueName taskClass backendClass root app allow maxDeliveries secret encrypt'],
  [
    'new Worker(gator, { … })',
    'toConsume napTime concurrency lease maxTasks maxMemory shutdownTimeout burst logger',
  ],
]

/** Gives options back, and refuses what is no object. @throws InvalidOptionError */
export function checkIsObject<T extends object>(place: string, given: T, known: object = {}): T {
  if (typeof given === 'object' && (given as T | null) !== null) return given
  throw new InvalidOptionError('', given, objectFor(given, known), { place })
}

/**
 * Refuses options of names that are not `known`, and anything else that is no object. In TypeScript the compiler has done so before.
 *
 * @throws InvalidOptionError, which guesses what was meant.
 */
export function checkNames<T extends object>(place: string, given: T, known: object): void {
  checkIsObject(place, given, known)
  // The quickest way to the names. It gives those too that somebody put on Object.prototype.
  for (const name in given)
    if (!Object.hasOwn(known, name) && Object.hasOwn(given, name)) refuse(place, name, given[name], known)
}

function objectFor(given: unknown, known: object): string {
  const isQueue = typeof given === 'string' && Object.hasOwn(known, 'queueName')
  return isQueue ? `For a queue pass { queueName: ${JSON.stringify(given)} }.` : 'Pass an object, or nothing.'
}

function refuse(place: string, name: string, value: unknown, known: object): never {
  throw new InvalidOptionError(name, value, wayOut(name, value, Object.keys(known)), { place })
}

function wayOut(given: string, value: unknown, known: readonly string[]): string {
  // As in Python, or in the settings of a DSN.
  const name = given.replace(/_+([a-z])/gi, (_, letter: string) => letter.toUpperCase())
  const word = WORDS.get(name)
  const meant = known.includes(name) ? name : word?.ours.find((ours) => known.includes(ours))
  if (meant !== undefined) return `Did you mean \`${withValue(meant, value, word)}\`?${note(word)}`
  for (const ours of [name, ...(word?.ours ?? [])]) {
    const belongs = BELONGS.find(([, names]) => names.split(' ').includes(ours))
    if (belongs) return `\`${ours}\` is an option of ${belongs[0]}.`
  }
  const near = nearest(name, known)
  return near === undefined ? `It takes ${known.join(', ')}.` : `Did you mean \`${near}\`?`
}

function withValue(name: string, value: unknown, word: Word | undefined): string {
  if (!word?.countsFirst || !Number.isSafeInteger(value) || Number(value) < 1) return name
  return `${name}: ${Number(value) - 1}`
}

function note(word: Word | undefined): string {
  return word?.note === undefined ? '' : ` ${word.note}`
}
