import { type Key, emitKeypressEvents } from 'node:readline'
import {
  cursorHide,
  cursorShow,
  cursorTo,
  enterAlternativeScreen,
  eraseDown,
  eraseEndLine,
  exitAlternativeScreen,
} from 'ansi-escapes'

/** A line that is too long is cut, so that each line stays one. */
const WRAP_OFF = '\u001b[?7l'
const WRAP_ON = '\u001b[?7h'

/**
 * The whole terminal, taken over. However the process ends, short of SIGKILL, it is given back as it was: at `dispose`, at
 * the exit, and before an error that nobody caught is told.
 */
export class Screen implements Disposable {
  readonly #onKey: (text: string | undefined, key: Key) => void
  readonly #onResize: () => void
  readonly #restore = (): void => this[Symbol.dispose]()
  #taken = true

  /** `onKey` gets the name of each key, or its character: `up`, `q`, `R`, `ctrl+c`. */
  constructor(onKey: (key: string) => void, onResize: () => void) {
    this.#onKey = (text, { name, ctrl }) => onKey(ctrl ? `ctrl+${name}` : (printableKey(text) ?? name ?? ''))
    this.#onResize = onResize
    emitKeypressEvents(process.stdin)
    process.stdin.setRawMode(true).on('keypress', this.#onKey).resume()
    process.stdout.on('resize', onResize).write(enterAlternativeScreen + cursorHide + WRAP_OFF)
    process.on('exit', this.#restore).on('uncaughtExceptionMonitor', this.#restore)
  }

  get size(): { width: number; height: number } {
    const { columns: width, rows: height } = process.stdout
    return { width, height }
  }

  draw(lines: readonly string[]): void {
    if (!this.#taken) return
    const text = lines.map((line) => line + eraseEndLine).join('\r\n')
    process.stdout.write(cursorTo(0, 0) + text + eraseDown)
  }

  [Symbol.dispose](): void {
    if (!this.#taken) return
    this.#taken = false
    process.stdin.setRawMode(false).off('keypress', this.#onKey).pause()
    process.stdout.off('resize', this.#onResize).write(WRAP_ON + cursorShow + exitAlternativeScreen)
    process.off('exit', this.#restore).off('uncaughtExceptionMonitor', this.#restore)
  }
}

/** Letters as they were typed, so that r and R differ; all other keys have names. */
function printableKey(text: string | undefined): string | undefined {
  return text !== undefined && /^[!-~]$/.test(text) ? text : undefined
}
