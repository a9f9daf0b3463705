import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'

/** Milliseconds that a process may take to end when it is asked to. */
const END_LIMIT = 60_000

const alive = new Set<ChildProcess>()

// Also a stopped process is ended by this.
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL')
})

/** A process that this one started; it never outlives it. */
export class Child {
  readonly pid: number
  readonly name: string
  /** Fulfilled when it says so, or has ended. */
  readonly ready: Promise<unknown>
  /** Fulfilled with its exit code or the signal that ended it. */
  readonly ended: Promise<number | string>
  readonly #child: ChildProcess

  /** Starts a process; what it says goes to `log`. */
  constructor(name: string, command: readonly string[], log: string, options: SpawnOptions = {}) {
    const [file = '', ...args] = command
    const output = openSync(log, 'a')
    this.#child = spawn(file, args, { ...options, stdio: ['ignore', output, output, 'ipc'] })
    closeSync(output)
    if (this.#child.pid === undefined) throw new Error(`${file} could not be started. Is it installed?`)
    alive.add(this.#child)
    this.name = name
    this.pid = this.#child.pid
    this.ended = once(this.#child, 'exit').then(([code, signal]) => {
      alive.delete(this.#child)
      return (code ?? signal) as number | string
    })
    this.ready = Promise.race([once(this.#child, 'message'), this.ended])
  }

  get isAlive(): boolean {
    return alive.has(this.#child)
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Ends it at once, as a crash would. */
  async kill(): Promise<void> {
    if (!this.isAlive) return
    this.signal('SIGKILL')
    await this.ended
  }

  /** Asks it to end, and gives its exit code; or what ended it by force. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | string> {
    this.signal(signal)
    const limit = setTimeout(() => this.signal('SIGKILL'), END_LIMIT)
    const code = await this.ended
    clearTimeout(limit)
    return code
  }
}
