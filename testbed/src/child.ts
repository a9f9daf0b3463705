import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'

/** Milliseconds that a process may take to end when it is asked to. */
const END_LIMIT = 60_000

const alive = new Set<ChildProcess>()

// Before the folders that they write to are removed. Also a stopped process is ended by this.
process.prependListener('exit', () => {
  for (const child of alive) child.kill('SIGKILL')
})

export interface ChildOptions extends Pick<SpawnOptions, 'cwd' | 'env' | 'uid' | 'gid'> {
  /** The file that its output is added to. */
  readonly log: string
  /** Whether it can send messages, and is told by `disconnect` that this process has ended; only Node.js can. */
  readonly channel?: boolean
}

/** A process that this one started; it never outlives it. */
export class Child {
  readonly pid: number
  readonly name: string
  /** Fulfilled when it sends a message, or has ended. */
  readonly ready: Promise<unknown>
  /** Fulfilled with its exit code or the signal that ended it. */
  readonly ended: Promise<number | string>
  readonly #child: ChildProcess

  constructor(name: string, command: readonly string[], { log, channel, ...options }: ChildOptions) {
    const [file = '', ...args] = command
    const output = openSync(log, 'a')
    const stdio = ['ignore' as const, output, output, ...(channel ? ['ipc' as const] : [])]
    this.#child = spawn(file, args, { ...options, stdio })
    closeSync(output)
    const { pid } = this.#child
    if (pid === undefined) {
      // Node.js tells of it once more, later on.
      this.#child.on('error', () => undefined)
      throw new Error(`${file} could not be started. Is it installed?`)
    }
    alive.add(this.#child)
    this.name = name
    this.pid = pid
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
