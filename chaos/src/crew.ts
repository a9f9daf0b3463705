import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Child } from '@alligator/testbed'
import { WallClock } from './wall-clock.js'

/** How the processes of a load are set up. */
export interface CrewSettings {
  readonly dsn: string
  readonly workers: number
  readonly concurrency: number
  /** Seconds. */
  readonly lease: number
  /** Tasks a second. */
  readonly rate: number
  readonly seed: number
  /** Some of the tasks have keys. */
  readonly hasKeys: boolean
  /** The producer is its own worker. */
  readonly inProcess: boolean
  /** Where each worker has a wall clock of its own. (Default: it has none) */
  readonly clocks?: string | undefined
  /** For what the processes say. */
  readonly logs: string
  readonly env: NodeJS.ProcessEnv
}

/** Seconds that a worker which is told to stop leaves to its tasks: fewer than some of them take. */
const SHUTDOWN_TIMEOUT = 0.5
/** Seconds until a task that kills its worker has done so: what runs must end before it, and leases lapse. */
const DEATH_LIMIT = 60
/** The folder that the ids of the load's modules are relative to. */
export const APP_ROOT: string = join(fileURLToPath(new URL('.', import.meta.url)), '../..')
const app = (file: string) => fileURLToPath(new URL(`app/${file}`, import.meta.url))
const require = createRequire(import.meta.url)
const cli = (program: string) =>
  join(dirname(require.resolve('@alligator/cli/package.json')), 'dist/esm', program)
const latergator = cli('latergator.js')

/** Runs the command line, and gives how it ended. */
export async function runAlligator(args: readonly string[], log: string): Promise<number | string> {
  const command = [process.execPath, cli('alligator.js'), ...args]
  return new Child('alligator', command, { log, cwd: APP_ROOT, env: process.env }).ended
}

/** The processes of a load: some workers, and a producer. Who dies is replaced by whoever killed it. */
export class Crew {
  readonly settings: CrewSettings
  #workers: Child[] = []
  /** Those whose death `nextDeath` has told of. */
  readonly #noticed = new Set<Child>()
  readonly #clocks = new Map<Child, WallClock>()
  #producer: Child | undefined
  #started = 0

  constructor(settings: CrewSettings) {
    this.settings = settings
  }

  async start(): Promise<void> {
    const { inProcess, workers } = this.settings
    await Promise.all(Array.from({ length: inProcess ? 0 : workers }, () => this.addWorker()))
    await this.addProducer()
  }

  /** Those that run tasks. */
  get workers(): readonly Child[] {
    const { inProcess } = this.settings
    return (inProcess && this.#producer ? [this.#producer] : this.#workers).filter((child) => child.isAlive)
  }

  get producer(): Child {
    if (!this.#producer) throw new Error('There is no producer yet.')
    return this.#producer
  }

  async addWorker(): Promise<void> {
    const { dsn, concurrency, lease, clocks } = this.settings
    const options = {
      concurrency,
      lease: `${lease}s`,
      'shutdown-timeout': `${SHUTDOWN_TIMEOUT}s`,
      log: 'json',
    }
    const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])
    const clock = clocks === undefined ? undefined : new WallClock(`${clocks}-${this.#started}`)
    const args = [latergator, dsn, '--import', app('guard.js'), ...flags]
    const worker = this.#spawn('worker', args, clock?.env)
    if (clock) this.#clocks.set(worker, clock)
    this.#workers.push(worker)
    await worker.ready
  }

  /** The wall clock that is a worker's own. */
  clockOf(worker: Child): WallClock | undefined {
    return this.#clocks.get(worker)
  }

  /**
   * The next worker that ends by itself.
   *
   * @throws when none does within some time.
   */
  async nextDeath(): Promise<Child> {
    const limit = new AbortController()
    // Also one that has died before it was asked for.
    const unnoticed = this.#workers.filter((worker) => !this.#noticed.has(worker))
    const deaths = unnoticed.map((worker) => worker.ended.then(() => worker))
    const late = pause(1000 * DEATH_LIMIT, undefined, { signal: limit.signal }).then(() => {
      throw new Error(`No worker has died within ${DEATH_LIMIT} s.`)
    })
    try {
      const dead = await Promise.race([...deaths, late])
      this.#noticed.add(dead)
      return dead
    } finally {
      limit.abort()
      late.catch(() => undefined)
    }
  }

  async addProducer(): Promise<void> {
    const { dsn, inProcess } = this.settings
    this.#producer = this.#spawn('producer', [app(inProcess ? 'alone.js' : 'producer.js'), dsn])
    await this.#producer.ready
  }

  /** Lets the producer end what it has begun. */
  async endProducer(): Promise<void> {
    this.#expectDone(this.producer, await this.producer.end('SIGWINCH'))
  }

  async endWorkers(): Promise<void> {
    for (const worker of this.workers) this.#expectDone(worker, await worker.end())
  }

  async kill(): Promise<void> {
    await Promise.all([...this.#workers, this.#producer].map((child) => child?.kill()))
  }

  #expectDone({ name }: Child, code: number | string): void {
    if (code !== 0) throw new Error(`${name} ended with ${code}.`)
  }

  #spawn(role: string, args: readonly string[], more: NodeJS.ProcessEnv = {}): Child {
    const { lease, rate, seed, logs, env, concurrency, workers, hasKeys } = this.settings
    const name = `${role}-${(this.#started += 1)}`
    const own = {
      CHAOS_NAME: name,
      CHAOS_SEED: seed,
      CHAOS_RATE: rate,
      CHAOS_KEYS: hasKeys,
      CHAOS_LEASE: lease,
      CHAOS_WORKERS: workers,
      CHAOS_CONCURRENCY: concurrency,
    }
    const texts = Object.fromEntries(Object.entries(own).map(([key, value]) => [key, String(value)]))
    return new Child(name, [process.execPath, ...args], {
      log: join(logs, `${name}.log`),
      env: { ...process.env, ALLIGATOR_ROOT: APP_ROOT, ...env, ...texts, ...more },
      channel: true,
    })
  }
}
