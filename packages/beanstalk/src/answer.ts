/** Of the two bytes that end a line, the last. */
const LINE_FEED = 10
/** The bytes after a body. */
const END = 2

/**
 * Reads the answer to one command off what the server sent, in the way that the driver asks the readers of its own commands
 * to: what is left over is given back, all of it while the answer is not there as a whole.
 */
export class Answer {
  complete = false
  success = false
  /** What follows the expected word, the body as bytes; or else the words that came instead. */
  args: unknown[] = []
  readonly #expected: string
  readonly #hasBody: boolean

  constructor(expected: string, hasBody: boolean) {
    this.#expected = expected
    this.#hasBody = hasBody
  }

  process(received: Buffer): Buffer {
    const next = received.indexOf(LINE_FEED) + 1
    if (next === 0) return received
    const words = received.toString('latin1', 0, next - END).split(' ')
    if (words[0] !== this.#expected) return this.#finish(false, words, received.subarray(next))
    if (!this.#hasBody) return this.#finish(true, words.slice(1), received.subarray(next))
    const end = next + Number(words[2])
    if (received.length < end + END) return received
    return this.#finish(true, [words[1], received.subarray(next, end)], received.subarray(end + END))
  }

  reset(): void {}

  #finish(success: boolean, args: unknown[], rest: Buffer): Buffer {
    this.complete = true
    this.success = success
    this.args = args
    return rest
  }
}
