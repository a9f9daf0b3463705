import type { Answer, Command, Connection } from './connection.js'
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

/** A new job: seconds, and bytes. */
export interface NewJob {
  readonly priority: number
  readonly delay: number
  readonly ttr: number
  readonly body: Buffer
}

type Arguments = readonly (string | number | Buffer)[]

/**
 * The protocol on one connection. Commands go out in the order of the calls, without waiting for each other; which tube
 * is used and which are watched belongs to the connection, and is only told to the server when it changes.
 */
export class Channel {
  readonly connection: Connection
  #used = 'default'
  #watched: readonly string[] = ['default']

  constructor(connection: Connection) {
    this.connection = connection
  }

  /** Gives the id. The server may run out of room, or be about to end. */
  async put(tube: string, { priority, delay, ttr, body }: NewJob): Promise<string> {
    this.#use(tube)
    const [id] = await this.#get('put', [priority, delay, ttr, body])
    return String(id)
  }

  /** The first ready job of these tubes; `undefined` when there is none after so many whole seconds. */
  async reserve(tubes: readonly string[], seconds: number): Promise<Job | undefined> {
    this.#watch(tubes)
    const found = await this.#find('reserve_with_timeout', [seconds], ['TIMED_OUT', 'DEADLINE_SOON'], seconds)
    return found && jobOf(found)
  }

  /** That very job, whatever state it is in, unless somebody holds it. */
  async reserveJob(id: string): Promise<Job | undefined> {
    const found = await this.#find('reserve_job', [id])
    return found && jobOf(found)
  }

  /** Whether it was there, and held by nobody else. */
  delete(id: string): Promise<boolean> {
    return this.#change('destroy', [id])
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

  async peek(id: string): Promise<Job | undefined> {
    const found = await this.#find('peek', [id])
    return found && jobOf(found)
  }

  /** The job that stands first in a state. */
  async peekFirst(tube: string, state: 'ready' | 'delayed' | 'buried'): Promise<Job | undefined> {
    this.#use(tube)
    const found = await this.#find(`peek_${state}`, [])
    return found && jobOf(found)
  }

  async jobStats(id: string): Promise<JobStats | undefined> {
    const found = await this.#find('stats_job', [id])
    return found?.[0] as JobStats | undefined
  }

  /** `undefined` when the tube holds nothing and nobody uses it. */
  async tubeStats(tube: string): Promise<TubeStats | undefined> {
    const found = await this.#find('stats_tube', [tube])
    return found?.[0] as TubeStats | undefined
  }

  /** The most bytes that this server takes. */
  async maxJobSize(): Promise<number> {
    const [stats] = await this.#get('stats', [])
    return (stats as { readonly 'max-job-size': number })['max-job-size']
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
    this.connection.send(command, [tube]).catch(() => undefined)
  }

  async #change(command: Command, args: Arguments): Promise<boolean> {
    return (await this.#find(command, args)) !== undefined
  }

  async #get(command: Command, args: Arguments): Promise<Answer['values']> {
    const { problem, values } = await this.connection.send(command, args)
    if (problem !== undefined) throw answerError(problem, this.connection.dsn)
    return values
  }

  async #find(
    command: Command,
    args: Arguments,
    nothing: readonly string[] = ['NOT_FOUND'],
    wait = 0,
  ): Promise<Answer['values'] | undefined> {
    const { problem, values } = await this.connection.send(command, args, wait)
    if (problem === undefined) return values
    if (nothing.includes(problem)) return undefined
    throw answerError(problem, this.connection.dsn)
  }
}

function jobOf([id, body]: Answer['values']): Job {
  return { id: String(id), body: body as Buffer }
}
