import { cursorLeft, eraseLine } from 'ansi-escapes'

/** Milliseconds between two drawings. */
const PACE = 100

/** How far a long operation is, on one line of a terminal; silent elsewhere. */
export class Progress implements Disposable {
  readonly #label: string
  #drawnAt = Number.NEGATIVE_INFINITY

  constructor(label: string) {
    this.#label = label
  }

  show(done: number, of: number): void {
    if (!process.stderr.isTTY || performance.now() - this.#drawnAt < PACE) return
    this.#drawnAt = performance.now()
    const share = of > 0 ? ` (${Math.min(100, Math.floor((100 * done) / of))} %)` : ''
    process.stderr.write(`${eraseLine}${cursorLeft}${this.#label}: ${done} of ${of}${share}`)
  }

  /** Takes the line away. */
  [Symbol.dispose](): void {
    if (this.#drawnAt > 0) process.stderr.write(eraseLine + cursorLeft)
  }
}
