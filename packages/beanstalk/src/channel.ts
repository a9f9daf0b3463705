import type { Command, CommandSocket, Read } from './socket.js'
import { answerError } from './store-error.js'

/** A job as the server hands it out. */
export interface Job {
  readonly id: string
  readonly body: Buffer
}

/** What the server knows of a job. */
export interface JobStats {
  readonly tube: string
  readonly state: 'ready' | 'delayed' | 'reserved' | 'buried'
  readonly pri: number
  /** Seconds, as last given. */
  readonly delay: number
  readonly reserves: number
  readonly releases: number
  readonly buries: number
}

/** How many jobs of a tube are in each state. */
export interface TubeStats {
  readonly 'current-jobs-ready': number
  readonly 'current-jobs-delayed': number
  readonly 'current-jobs-reserved': number
  readonly 'current-jobs-buried': number
}

/** A new job: seconds, and a character for each byte. */
export interface NewJob {
  readonly priority: number
  readonly delay: number
  readonly ttr: number
  readonly body: string
}

/** How the server says that there is nothing of the kind, or nothing yet. */
const NOTHING: ReadonlySet<string> = new Set(['NOT_FOUND', 'TIMED_OUT', 'DEADLINE_SOON'])

type Arguments = readonly (string | number)[]

/**
 * The protocol on one connection. Commands go out in the order of the calls, without waiting for each other; which tube
 * is used and which are watched belongs to the connection, and is only told to the server when it changes.
 */
export class Channel {
  readonly socket: CommandSocket
  #used = 'default'
  #watched: readonly string[] = ['default']

  constructor(socket: CommandSocket) {
    this.socket = socket
  }

  /** Gives the id. The server may run out of room, or be about to end. */
  put(tube: string, { priority, delay, ttr, body }: NewJob): Promise<string> {
    this.#use(tube)
    const head = `put ${priority} ${delay} ${ttr} ${body.length}`
    return this.socket.send(`${head}\r\n${body}\r\n`, 'INSERTED', (problem, id) => {
      return this.#expected(problem, id as string)
    })
  }

  /** The first ready job of these tubes; `undefined` when there is none after so many whole seconds. */
  reserve(tubes: readonly string[], seconds: number): Promise<Job | undefined> {
    this.#watch(tubes)
    return this.#take(`reserve-with-timeout ${seconds}\r\n`, seconds)
  }

  /** That very job, whatever state it is in, unless somebody holds it. */
  reserveJob(id: string): Promise<Job | undefined> {
    return this.#take(`reserve-job ${id}\r\n`, 0)
  }

  /** Whether it was there, and held by nobody else. */
  delete(id: string): Promise<boolean> {
    return this.socket.send(`delete ${id}\r\n`, 'DELETED', (problem) => this.#wasDone(problem))
  }

  /** Whether it was held here. */
  release(id: string, priority: number, delay: number): Promise<boolean> {
    return this.#change('release', [id, priority, delay])
  }

  /** Whether it was held here. */
  bury(id: string, priority: number): Promise<boolean> {
    return this.#change('bury', [id, priority])
  }

  /** Holds a job for another of its times to run. Whether it was held here. */
  touch(id: string): Promise<boolean> {
    return this.#change('touch', [id])
  }

  peek(id: string): Promise<Job | undefined> {
    return this.#find('peek', [id], jobOf)
  }

  /** The job that stands first in a state. */
  peekFirst(tube: string, state: 'delayed' | 'buried'): Promise<Job | undefined> {
    this.#use(tube)
    return this.#find(`peek_${state}`, [], jobOf)
  }

  jobStats(id: string): Promise<JobStats | undefined> {
    return this.#find('stats_job', [id], (stats) => stats as JobStats)
  }

  /** `undefined` when the tube holds nothing and nobody uses it. */
  tubeStats(tube: string): Promise<TubeStats | undefined> {
    return this.#find('stats_tube', [tube], (stats) => stats as TubeStats)
  }

  /** The most bytes that this server takes. */
  maxJobSize(): Promise<number> {
    return this.socket.ask('stats', [], (problem, stats) => {
      return this.#expected(problem, stats as { readonly 'max-job-size': number })['max-job-size']
    })
  }

  #use(tube: string): void {
    if (tube === this.#used) return
    this.#used = tube
    this.#tell('use', tube)
  }

  #watch(tubes: readonly string[]): void {
    const before = this.#watched
    if (tubes.length === before.length && tubes.every((tube, at) => tube === before[at])) return
    this.#watched = tubes
    for (const tube of tubes) if (!before.includes(tube)) this.#tell('watch', tube)
    for (const tube of before) if (!tubes.includes(tube)) this.#tell('ignore', tube)
  }

  #tell(command: 'use' | 'watch' | 'ignore', tube: string): void {
    // If the connection is lost, the command that this was for is rejected too.
    this.socket.ask(command, [tube], () => undefined).catch(() => undefined)
  }

  #change(command: Command, args: Arguments): Promise<boolean> {
    return this.socket.ask(command, args, (problem) => this.#wasDone(problem))
  }

  #wasDone(problem: string | null): boolean {
    if (problem === null) return true
    if (NOTHING.has(problem)) return false
    throw answerError(problem, this.socket.dsn)
  }

  #expected<T>(problem: string | null, value: T): T {
    if (problem === null) return value
    throw answerError(problem, this.socket.dsn)
  }

  #found<T>(read: (first: unknown, second: unknown) => T): Read<T | undefined> {
    return (problem, first, second) => (this.#wasDone(problem) ? read(first, second) : undefined)
  }

  #take(command: string, wait: number): Promise<Job | undefined> {
    return this.socket.send(command, 'RESERVED', this.#found(jobOf), wait)
  }

  #find<T>(
    command: Command,
    args: Arguments,
    read: (first: unknown, second: unknown) => T,
  ): Promise<T | undefined> {
    return this.socket.ask(command, args, this.#found(read))
  }
}

function jobOf(id: unknown, body: unknown): Job {
  return { id: String(id), body: body as Buffer }
}
