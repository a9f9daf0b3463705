import { type ChildProcess, fork } from 'node:child_process'
import { type Logger, onStopSignal } from '@alligator/core'
import { ProcessesFailedError } from './failure.js'
import { NOT_BEGUN } from './health-server.js'
import { type Order, type Report, linkedEnv } from './process-link.js'

/** Seconds before a process that crashed is replaced: doubled with each crash in a row, up to the longest. */
const FIRST_PAUSE = 0.25
const LONGEST_PAUSE = 30
/** Seconds after which a process has proved itself: its crash is then the first in a row. */
const PROVED = 10
/** So many crashes in a row, before any process got a task, are no accident. */
const HOPELESS = 5

/** A place for one process, which is filled again when that one has ended. */
interface Seat {
  readonly number: number
  child?: ChildProcess | undefined
  /** Whether its process takes tasks, or did before it ended. */
  running: boolean
  /** Why its process is not ready. */
  why: string | undefined
  /** When its process started, in milliseconds. */
  since: number
  /** How many processes in a row have crashed. */
  crashes: number
  /** The start of the next process. */
  timer?: NodeJS.Timeout | undefined
}

/** What a supervisor starts, and how often. */
export interface SupervisorOptions {
  readonly processes: number
  readonly script: string
  readonly args: readonly string[]
  readonly logger: Logger
}

/**
 * Runs several workers, each in a process of its own that works as if it were alone.
 *
 * The first starts by itself, so that a mistake is told once; when it takes tasks, the others follow. A process that
 * *ends* with 0 was recycled and is replaced at once, unless it came to the end of a burst. One that *crashes* is
 * replaced after a pause, except in a burst, which then fails. Two things end all: a process that was called wrongly, and
 * processes that did nothing but crash before any of them got a task. Signals are passed on, and the supervisor stays
 * until the last process has ended; when it is killed itself, its processes stop as at a signal.
 */
export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #seats: readonly Seat[]
  /** How the processes were told to stop, if they were. */
  #order: Order | undefined
  #burst = false
  /** Whether any process ever got a task, or lived for long. */
  #proved = false
  #exitCode = 0
  #end: () => void = () => undefined

  constructor(options: SupervisorOptions) {
    this.#options = options
    this.#seats = Array.from({ length: options.processes }, (_, index) => ({
      number: index + 1,
      running: false,
      why: NOT_BEGUN,
      since: 0,
      crashes: 0,
    }))
  }

  /** Where its log lines go. */
  getLog(): Logger {
    return this.#options.logger
  }

  /**
   * Starts the processes, and resolves when the last has ended.
   *
   * @throws ProcessesFailedError
   */
  async runForever(): Promise<void> {
    const onExit = () => this.#seats.forEach(({ child }) => child?.kill('SIGKILL'))
    const ignoreSignals = onStopSignal((signal) => this.stop(signal))
    process.on('exit', onExit)
    try {
      await new Promise<void>((resolve) => {
        this.#end = resolve
        this.#seats.slice(0, 1).forEach((seat) => this.#start(seat))
      })
    } finally {
      ignoreSignals()
      process.off('exit', onExit)
    }
    if (this.#exitCode > 0) throw new ProcessesFailedError(this.#exitCode)
  }

  /** Starts no process any more, and passes the signal on. Returns before the processes have ended. */
  stop(signal: NodeJS.Signals = 'SIGTERM'): void {
    this.#order = { alligator: 'order', signal, times: (this.#order?.times ?? 0) + 1 }
    for (const seat of this.#seats) {
      clearTimeout(seat.timer)
      seat.timer = undefined
      if (seat.child?.connected) seat.child.send(this.#order, () => undefined)
    }
    this.#endWhenIdle()
  }

  /** Why not all of its processes are ready. */
  get unready(): string | undefined {
    const seat = this.#seats.find(({ why }) => why !== undefined)
    return seat && `Process ${seat.number}: ${seat.why}`
  }

  #start(seat: Seat): void {
    const { script, args } = this.#options
    const child = fork(script, args, {
      env: linkedEnv(seat.number),
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    })
    Object.assign(seat, { child, timer: undefined, running: false, since: performance.now() })
    child.on('message', (message) => this.#hear(seat, message as Partial<Report>))
    // Not "exit": reports may be on their way then.
    child.on('close', (code, signal) => this.#onEnd(seat, code, signal))
    child.on('error', (error) => {
      if (child.pid === undefined) this.#onEnd(seat, null, error.message)
    })
  }

  #hear(seat: Seat, { alligator, burst = false, why }: Partial<Report>): void {
    if (alligator === 'health') seat.why = why
    if (alligator === 'working') this.#proved = true
    if (alligator !== 'running') return
    seat.running = true
    this.#burst = burst
    for (const other of this.#seats) if (other.since === 0 && !this.#order) this.#start(other)
  }

  #onEnd(seat: Seat, code: number | null, signal: string | null): void {
    const { child, running, since } = seat
    const end = { process: seat.number, pid: child?.pid, code, signal, seconds: seconds(since) }
    seat.child = undefined
    seat.why = NOT_BEGUN
    if (end.seconds >= PROVED) this.#proved = true
    if (this.#order) this.#endWhenIdle()
    else if (code === 2 && !running) this.#giveUp(2)
    else if (code !== 0 || !running) this.#onCrash(seat, end)
    else if (this.#burst) this.#endWhenIdle()
    else this.#start(seat)
  }

  #onCrash(seat: Seat, end: End): void {
    seat.crashes = end.seconds >= PROVED ? 1 : seat.crashes + 1
    const exitCode = end.code || 1
    const how = `Process ${end.process} (#${end.pid}) ended with ${end.code ?? end.signal} after ${end.seconds} s`
    const facts = { event: 'process:crash', ...end }
    if (this.#burst) {
      this.#exitCode = exitCode
      this.getLog().error(`${how}.`, facts)
      return this.#endWhenIdle()
    }
    if (!this.#proved && this.#seats.every(({ since, crashes }) => since === 0 || crashes >= HOPELESS)) {
      this.getLog().error(`${how}, as all before it: no more are started.`, facts)
      return this.#giveUp(exitCode)
    }
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (seat.crashes - 1))
    this.getLog().error(`${how}; the next starts in ${pause} s.`, facts)
    seat.timer = setTimeout(() => this.#start(seat), pause * 1000)
  }

  #giveUp(exitCode: number): void {
    this.#exitCode = exitCode
    this.stop()
  }

  #endWhenIdle(): void {
    if (this.#seats.every(({ child, timer }) => !child && !timer)) this.#end()
  }
}

/** How a process ended. */
interface End {
  readonly process: number
  readonly pid: number | undefined
  readonly code: number | null
  readonly signal: string | null
  /** How long it lived. */
  readonly seconds: number
}

/** Seconds since a time in milliseconds, to a tenth. */
function seconds(since: number): number {
  return Math.round((performance.now() - since) / 100) / 10
}
