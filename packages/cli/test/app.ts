import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { TemporaryFolder } from '@alligator/testbed'

const packages = join(__dirname, '../..')

/** Milliseconds after which a process has hung. */
const LIMIT = 20_000

/** A process of an app, and what it has printed so far. */
export class AppProcess {
  stdout = ''
  stderr = ''
  readonly child: ChildProcess
  readonly #ended: Promise<unknown[]>

  constructor(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv) {
    // In a group of its own, as a shell would start it.
    this.child = spawn(process.execPath, args, { cwd, env, stdio: 'pipe', detached: true })
    this.#ended = once(this.child, 'close')
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text))
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text))
    const clock = setTimeout(() => this.child.kill('SIGKILL'), LIMIT)
    this.child.on('close', () => clearTimeout(clock))
  }

  /** The id of its process group. */
  get group(): number {
    if (this.child.pid === undefined) throw new Error('It could not be started.')
    return this.child.pid
  }

  /** Resolves once it has printed this so many times; rejects when it ends before. */
  async prints(text: string, times = 1): Promise<void> {
    const has = () => `${this.stdout}${this.stderr}`.split(text).length > times
    const { stdout, stderr } = this.child
    while (!has()) {
      const next = [stdout, stderr].flatMap((stream) => (stream ? [once(stream, 'data')] : []))
      const ended = await Promise.race([...next, this.#ended.then(() => 'ended')])
      if (ended === 'ended' && !has())
        throw new Error(`It never printed "${text}":\n${this.stdout}${this.stderr}`)
    }
  }

  /** Its exit code, or the signal that ended it. */
  async ends(): Promise<unknown> {
    const [code, signal] = await this.#ended
    return code ?? signal
  }
}

let producer: ChildProcess | undefined

afterAll(() => producer?.disconnect())

/** Calls a function of an app's `inside.js`, in one process for all of them. */
async function calls(store: string, folder: string, name: string, args: readonly unknown[]): Promise<void> {
  producer ??= fork(join(__dirname, 'apps/producer.mjs'), { execArgv: [] })
  const answer = once(producer, 'message')
  producer.send({ store, folder, name, args })
  const [{ error }] = (await answer) as [{ readonly error?: string }]
  if (error !== undefined) throw new Error(error)
}

interface AppOptions {
  /** Packages of this project that the app has installed. */
  readonly installed?: readonly string[]
  /** Where its tasks are. (Default: a SQLite file) */
  readonly dsn?: string
}

/** A copy of `test/apps/app` in a folder of its own, with a store to work on. */
export class App implements AsyncDisposable {
  readonly dsn: string
  readonly #folder = new TemporaryFolder('cli')
  readonly #processes: AppProcess[] = []

  constructor({ installed = ['core', 'sqlite'], dsn }: AppOptions = {}) {
    this.dsn = dsn ?? `sqlite://${this.#folder.file('tasks.sqlite3')}`
    cpSync(join(__dirname, 'apps/app'), this.folder, { recursive: true })
    mkdirSync(join(this.folder, 'node_modules/@alligator'), { recursive: true })
    for (const name of ['cli', ...installed]) {
      if (!existsSync(join(packages, name, 'dist')))
        throw new Error(`${name} is not built. Run: npm run build`)
      symlinkSync(join(packages, name), join(this.folder, 'node_modules/@alligator', name))
    }
  }

  get folder(): string {
    return this.#folder.path
  }

  /** Starts `node` with these arguments in the app's folder. */
  node(
    args: readonly string[],
    { cwd = this.folder, env = {} }: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
  ): AppProcess {
    const {
      ALLIGATOR_CONN: _,
      ALLIGATOR_STATE: _state,
      ALLIGATOR_ROOT: _root,
      ALLIGATOR_APP: _app,
      DEBUG: _debug,
      ...own
    } = process.env
    const started = new AppProcess(args, cwd, { ...own, STORE: this.dsn, ...env })
    this.#processes.push(started)
    return started
  }

  /** Starts the command line, as it was built. */
  alligator(...args: readonly string[]): AppProcess {
    return this.node([this.bin('alligator'), ...args])
  }

  /** Starts a worker on the app's store. */
  worker(...flags: readonly string[]): AppProcess {
    return this.alligator('worker', this.dsn, ...flags)
  }

  bin(name: string): string {
    return join(this.folder, 'node_modules/@alligator/cli/dist/esm', `${name}.js`)
  }

  /** Puts calls of functions of `tasks.js` on the queue. */
  async enqueue(tasks: readonly (readonly unknown[])[], queue = 'all', options: object = {}): Promise<void> {
    await this.inside('enqueue', queue, tasks, options)
  }

  /** Calls a function of the app's `inside.js`. */
  async inside(name: string, ...args: readonly unknown[]): Promise<void> {
    await calls(this.dsn, this.folder, name, args)
  }

  /** Runs a script of the app to its end. */
  async script(...args: readonly string[]): Promise<void> {
    const done = this.node(args)
    if ((await done.ends()) !== 0) throw new Error(done.stderr)
  }

  /** What the task functions have noted. */
  ran(): string[] {
    const file = join(this.folder, 'ran.log')
    return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : []
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { child } of this.#processes) child.kill('SIGKILL')
    await Promise.all(this.#processes.map((started) => started.ends()))
    this.#folder.remove()
  }
}
