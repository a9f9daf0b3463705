import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { App } from './app.js'
import type { Ended } from './store-app.js'

/** One process of an app that runs command lines, one after the other. */
export class CommandLines implements AsyncDisposable {
  readonly #app: App
  readonly #process: ChildProcess = fork(join(__dirname, 'apps/commands.mjs'), { execArgv: [], silent: true })

  constructor(app: App) {
    this.#app = app
  }

  /** What each has printed, and how it would have ended its process. */
  async run(lines: readonly (readonly string[])[], env: object = {}): Promise<readonly Ended[]> {
    const ended = once(this.#process, 'message')
    const own = { ALLIGATOR_CONN: this.#app.dsn, STORE: this.#app.dsn, NO_COLOR: '1' }
    this.#process.send({ cwd: this.#app.folder, env: { ...own, ...env }, lines })
    const [all] = (await ended) as [readonly Ended[]]
    return all
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#process, 'exit')
    this.#process.disconnect()
    await ended
  }
}
