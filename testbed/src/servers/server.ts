import { chownSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { accepts } from './accepts.js'
import { Child } from '../child.js'
import type { Proxy } from '../proxy/proxy.js'
import { TemporaryFolder } from '../temporary-folder.js'
import type { User } from './unprivileged.js'

/** Seconds in which a server must be ready, also when it has much to read first. */
const START_LIMIT = 30
/** Milliseconds between two looks whether it is. */
const LOOK_EVERY = 10
/** How much of what a server said an error repeats. */
const LAST_WORDS = 1000

/** Where a server lives. */
export interface Premises {
  /** For its files. (Default: a temporary one, which is removed when the server is closed) */
  readonly folder?: string
  /** The file that its output is added to. (Default: `server.log` in that folder) */
  readonly log?: string
  /** Its environment, beside that of this process. */
  readonly env?: NodeJS.ProcessEnv
}

/** What servers of one kind have in common. */
export interface ServerKind {
  /** For messages; also the name of its package on Debian, if it has one. */
  readonly name: string
  /** Writes what it needs before its first start. */
  readonly furnish?: (folder: string, port: number) => void
  /** What starts it, with its files in `folder`. */
  readonly command: (port: number, folder: string) => readonly string[]
  /** What clients that connect to `port` are given. */
  readonly dsn: (port: number) => string
  /** Whether it is of use by now. (Default: as soon as it takes connections) */
  readonly isReady?: (port: number) => Promise<boolean>
  /** Whether it is a program for Node.js that ends by `disconnect`. */
  readonly channel?: boolean
  /** Whom it runs as, and whose its folder becomes. (Default: the user of this process) */
  readonly user?: User | undefined
  /** What ends it at once and leaves nothing behind. (Default: SIGKILL) */
  readonly closing?: NodeJS.Signals
}

/**
 * A server of one's own, which listens on 127.0.0.1 and never outlives this process. It runs from `start` to `stop`, as
 * often as need be, on the same port and files. `close` ends it for good.
 */
export class Server implements AsyncDisposable {
  readonly port: number
  /** Of its files. */
  readonly folder: string
  readonly #kind: ServerKind
  readonly #log: string
  readonly #env: NodeJS.ProcessEnv
  /** The folder, where it is to be removed. */
  readonly #temporary: TemporaryFolder | undefined
  #isFurnished = false
  #child: Child | undefined

  constructor(kind: ServerKind, port: number, { folder, log, env }: Premises = {}) {
    this.#kind = kind
    this.port = port
    this.#temporary = folder === undefined ? new TemporaryFolder(kind.name) : undefined
    this.folder = folder ?? this.#temporary?.path ?? ''
    this.#log = log ?? join(this.folder, 'server.log')
    this.#env = { ...process.env, ...env }
  }

  /** What its clients are given. */
  get dsn(): string {
    return this.#kind.dsn(this.port)
  }

  /** What clients are given that are to come through a proxy. */
  dsnVia(proxy: Proxy): string {
    return this.#kind.dsn(proxy.port)
  }

  /** Starts it, unless it runs, and waits until it is ready. */
  async start(): Promise<void> {
    if (this.#child?.isAlive) return
    this.#furnish()
    const saidBefore = statSync(this.#log, { throwIfNoEntry: false })?.size ?? 0
    const child = this.#spawn()
    if (await this.#becomesReady(child)) return
    await child.kill()
    const said = readFileSync(this.#log).subarray(saidBefore).toString().trim().slice(-LAST_WORDS)
    throw new Error(`${child.name} is not ready on port ${this.port}. It said: ${said || 'nothing'}`)
  }

  /** Ends its process and keeps its files. SIGKILL ends it as a crash would. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.#child?.isAlive) await this.#child.end(signal)
  }

  /** Stops it, and starts it again. */
  async restart(signal?: NodeJS.Signals): Promise<void> {
    await this.stop(signal)
    await this.start()
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.signal(signal)
  }

  /** Ends it for good, and removes its files unless they are in a folder that was given. */
  async close(): Promise<void> {
    await this.stop(this.#kind.closing ?? 'SIGKILL')
    this.#temporary?.remove()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #spawn(): Child {
    const { name, command, channel = false, user } = this.#kind
    const options = { cwd: this.folder, env: this.#env, log: this.#log, channel, ...user }
    try {
      this.#child = new Child(name, command(this.port, this.folder), options)
      return this.#child
    } catch (error) {
      throw new Error(`${(error as Error).message} On Debian: apt-get install ${name}`, { cause: error })
    }
  }

  #furnish(): void {
    const { furnish, user } = this.#kind
    if (this.#isFurnished) return
    furnish?.(this.folder, this.port)
    if (user) chownSync(this.folder, user.uid, user.gid)
    this.#isFurnished = true
  }

  async #becomesReady(child: Child): Promise<boolean> {
    const { isReady = accepts } = this.#kind
    for (const end = performance.now() + START_LIMIT * 1000; child.isAlive && performance.now() < end;) {
      // Somebody else may have the port, and answer in its place.
      if (await isReady(this.port)) return child.isAlive
      await pause(LOOK_EVERY)
    }
    return false
  }
}

/** Starts a new server; nothing is left of one that does not start. */
export async function started<S extends Server>(server: S): Promise<S> {
  try {
    await server.start()
    return server
  } catch (error) {
    await server.close()
    throw error
  }
}
