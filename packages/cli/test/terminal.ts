import { type IPty, spawn } from '@lydell/node-pty'
import { Terminal as Screen } from '@xterm/headless'
import type { StoreApp } from './store-app.js'

/** Milliseconds after which what was awaited will not come. */
const LIMIT = 20_000

interface Size {
  readonly cols: number
  readonly rows: number
}

/** A command in a terminal of its own, and what that shows. */
export class Terminal implements AsyncDisposable {
  readonly #screen: Screen
  readonly #pty: IPty
  readonly #ended: Promise<number>
  #onChange: () => void = () => undefined

  constructor(
    app: StoreApp,
    args: readonly string[],
    size: Size = { cols: 100, rows: 24 },
    env: object = {},
  ) {
    this.#screen = new Screen({ ...size, allowProposedApi: true })
    const { NO_COLOR: _none, DEBUG: _debug, ...own } = process.env
    this.#pty = spawn(process.execPath, [app.bin('alligator'), ...args], {
      ...size,
      name: 'xterm-256color',
      cwd: app.folder,
      env: { ...own, ALLIGATOR_CONN: app.dsn, ...env },
    })
    this.#ended = new Promise((resolve) => this.#pty.onExit(({ exitCode }) => resolve(exitCode)))
    this.#pty.onData((data) => this.#screen.write(data, () => this.#onChange()))
  }

  /** The lines that can be seen now. */
  get lines(): string[] {
    const { active } = this.#screen.buffer
    return Array.from(
      { length: this.#screen.rows },
      (_, row) =>
        active
          .getLine(active.baseY + row)
          ?.translateToString(true, 0, this.#screen.cols)
          .trimEnd() ?? '',
    )
  }

  /** Whether an application has the screen, and the text that was there before comes back afterwards. */
  get isTaken(): boolean {
    return this.#screen.buffer.active.type === 'alternate'
  }

  press(keys: string): void {
    this.#pty.write(keys)
  }

  resize({ cols, rows }: Size): void {
    this.#screen.resize(cols, rows)
    this.#pty.resize(cols, rows)
  }

  kill(signal: string): void {
    this.#pty.kill(signal)
  }

  /** Resolves with the line that matches, once there is one. */
  async shows(pattern: RegExp): Promise<string> {
    const find = () => this.lines.find((line) => pattern.test(line))
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<'late'>((resolve) => (timer = setTimeout(() => resolve('late'), LIMIT)))
    try {
      for (;;) {
        const line = find()
        if (line !== undefined) return line
        const changed = new Promise<void>((resolve) => (this.#onChange = resolve))
        if ((await Promise.race([changed, late])) === 'late')
          throw new Error(`The terminal never showed ${String(pattern)}:\n${this.lines.join('\n')}`)
      }
    } finally {
      clearTimeout(timer)
    }
  }

  /** Its exit code, once all that it wrote is on the screen. */
  async ends(): Promise<number> {
    const code = await this.#ended
    await new Promise<void>((resolve) => this.#screen.write('', resolve))
    return code
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#pty.kill('SIGKILL')
    } catch {
      // It has ended.
    }
    await this.#ended
    this.#screen.dispose()
  }
}
