import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { TemporaryFolder } from '@alligator/testbed'

const ROOT = join(__dirname, '../../..')

/** Another process, which plays a role of `actor.ts`. */
export class Actor {
  readonly messages: Record<string, unknown>[] = []
  readonly #child: ChildProcess
  readonly #exited: Promise<unknown>

  constructor(role: string, dsn: string, argument: string | number) {
    this.#child = fork(join(__dirname, 'actor.ts'), [role, dsn, String(argument)], {
      cwd: ROOT,
      // By its path, since the working folder need not have it.
      execArgv: ['--import', pathToFileURL(require.resolve('tsx')).href],
      env: { PATH: process.env['PATH'], TSX_TSCONFIG_PATH: join(ROOT, 'tsconfig.json') },
    })
    this.#exited = once(this.#child, 'exit')
    this.#child.on('message', (message) => this.messages.push(message as Record<string, unknown>))
  }

  /** Resolves when it is up; it does nothing before `start`. */
  async ready(): Promise<this> {
    const crashed = this.done().then(() => Promise.reject(new Error('An actor ended before its turn.')))
    await Promise.race([once(this.#child, 'message'), crashed])
    return this
  }

  start(): void {
    this.#child.send('start')
  }

  /** Resolves when it has done its share. */
  async done(): Promise<void> {
    const [code] = (await this.#exited) as [number | null]
    if (code !== 0) throw new Error(`An actor ended with ${code}.`)
  }

  /** Ends it with SIGKILL: no code of its runs any more. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#exited
  }

  /** Resolves when it reports this value under this key. */
  async tells(key: string, value: string): Promise<void> {
    while (!this.messages.some((message) => message[key] === value)) await once(this.#child, 'message')
  }

  /** Everything that it has reported under a key. */
  told(key: string): string[] {
    return this.messages.flatMap((message) => (message[key] as string[] | undefined) ?? [])
  }
}

/** Starts processes, all up and none at work. */
export function actors(...parts: readonly ConstructorParameters<typeof Actor>[]): Promise<Actor[]> {
  return Promise.all(parts.map((part) => new Actor(...part).ready()))
}

/** A folder for the files of one test. */
export class Folder extends TemporaryFolder {
  constructor() {
    super('sqlite')
  }

  dsn(query = ''): string {
    return `sqlite://${this.file()}${query}`
  }

  override file(name = 'tasks.db'): string {
    return super.file(name)
  }
}
