import { type Answer, NoAnswerError } from './answer.js'
import { type JobStats, type TubeStats, readJobStats, readMaxJobSize, readTubeStats } from './facts.js'
import type { CommandSocket, Expected, Read } from './socket.js'
import { answerError } from './store-error.js'

/** A job as the server hands it out. */
export interface Job {
  readonly id: string
  readonly body: Buffer
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

/** An id of the server. */
const ID = /^[1-9]\d{0,19}$/

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
    return this.socket.send(`${head}\r\n${body}\r\n`, 'INSERTED', (problem, answer) => {
      // Without memory to queue it, the server has buried it.
      if (problem === 'BURIED') this.delete(idOf(answer)).catch(() => undefined)
      return this.#expected(problem, answer, idOf)
    })
  }

  /** The first ready job of these tubes; `undefined` when there is none after so many whole seconds. */
  reserve(tubes: readonly string[], seconds: number): Promise<Job | undefined> {
    this.#watch(tubes)
    return this.socket.send(`reserve-with-timeout ${seconds}\r\n`, 'RESERVED', this.#found(jobOf), seconds)
  }

  /** That very job, whatever state it is in, unless somebody holds it. */
  reserveJob(id: string): Promise<Job | undefined> {
    return this.#find(`reserve-job ${id}`, 'RESERVED', jobOf)
  }

  /** Whether it was there, and held by nobody else. */
  delete(id: string): Promise<boolean> {
    return this.#change(`delete ${id}`, 'DELETED')
  }

  /** Whether it was held here. */
  release(id: string, priority: number, delay: number): Promise<boolean> {
    return this.#change(`release ${id} ${priority} ${delay}`, 'RELEASED')
  }

  /** Whether it was held here. */
  bury(id: string, priority: number): Promise<boolean> {
    return this.#change(`bury ${id} ${priority}`, 'BURIED')
  }

  /** Holds a job for another of its times to run. Whether it was held here. */
  touch(id: string): Promise<boolean> {
    return this.#change(`touch ${id}`, 'TOUCHED')
  }

  peek(id: string): Promise<Job | undefined> {
    return this.#find(`peek ${id}`, 'FOUND', jobOf)
  }

  /** The job that stands first in a state. */
  peekFirst(tube: string, state: 'delayed' | 'buried'): Promise<Job | undefined> {
    this.#use(tube)
    return this.#find(`peek-${state}`, 'FOUND', jobOf)
  }

  jobStats(id: string): Promise<JobStats | undefined> {
    return this.#find(`stats-job ${id}`, 'OK', ({ body }) => readJobStats(body))
  }

  /** `undefined` when the tube holds nothing and nobody uses it. */
  tubeStats(tube: string): Promise<TubeStats | undefined> {
    return this.#find(`stats-tube ${tube}`, 'OK', ({ body }) => readTubeStats(body))
  }

  /** The most bytes that this server takes. */
  maxJobSize(): Promise<number> {
    return this.socket.send('stats\r\n', 'OK', (problem, answer) =>
      this.#expected(problem, answer, ({ body }) => readMaxJobSize(body)),
    )
  }

  /** Resolves when the server has answered: one that closed the connection long ago may be noticed only now. */
  async check(): Promise<void> {
    await this.socket.send('list-tube-used\r\n', 'USING', (problem, answer) =>
      this.#expected(problem, answer, () => undefined),
    )
  }

  #use(tube: string): void {
    if (tube === this.#used) return
    this.#used = tube
    this.#tell(`use ${tube}`, 'USING')
  }

  #watch(tubes: readonly string[]): void {
    const before = this.#watched
    if (tubes.length === before.length && tubes.every((tube, at) => tube === before[at])) return
    this.#watched = tubes
    for (const tube of tubes) if (!before.includes(tube)) this.#tell(`watch ${tube}`, 'WATCHING')
    for (const tube of before) if (!tubes.includes(tube)) this.#tell(`ignore ${tube}`, 'WATCHING')
  }

  #tell(command: string, expected: Expected): void {
    const obey = (problem: string | null) => {
      // The commands that follow would be about another tube.
      if (problem !== null) this.socket.lose(answerError(problem, this.socket.dsn))
    }
    // If the connection is lost, the command that this was for is rejected too.
    this.socket.send(`${command}\r\n`, expected, obey).catch(() => undefined)
  }

  #change(command: string, expected: Expected): Promise<boolean> {
    return this.socket.send(`${command}\r\n`, expected, (problem) => this.#wasDone(problem))
  }

  #wasDone(problem: string | null): boolean {
    if (problem === null) return true
    if (NOTHING.has(problem)) return false
    throw answerError(problem, this.socket.dsn)
  }

  #expected<T>(problem: string | null, answer: Answer, read: (answer: Answer) => T): T {
    if (problem === null) return read(answer)
    throw answerError(problem, this.socket.dsn)
  }

  #find<T>(command: string, expected: Expected, read: (answer: Answer) => T): Promise<T | undefined> {
    return this.socket.send(`${command}\r\n`, expected, this.#found(read))
  }

  #found<T>(read: (answer: Answer) => T): Read<T | undefined> {
    return (problem, answer) => (this.#wasDone(problem) ? read(answer) : undefined)
  }
}

function jobOf(answer: Answer): Job {
  return { id: idOf(answer), body: answer.body }
}

/** What is sent back to the server, and to the app, is never anything but a number. */
function idOf({ word, args }: Answer): string {
  const [id = ''] = args
  if (ID.test(id)) return id
  throw new NoAnswerError([word, ...args].join(' '))
}
