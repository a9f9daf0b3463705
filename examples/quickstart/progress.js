// @ts-check
// Says how far the work has come: one line that changes on a terminal, a few plain lines in a pipe or a file.

const WIDTH = 24

export class Progress {
  #total
  /** How many quarters have been told of. */
  #quarters = 0

  /** @param {number} total */
  constructor(total) {
    this.#total = total
  }

  /**
   * @param {number} done
   * @param {string} note
   */
  show(done, note) {
    const line = `  ${String(done).padStart(4)} of ${this.#total} e-mails  ${note}`
    const quarters = Math.floor((done / this.#total) * 4)
    if (process.stdout.isTTY) process.stdout.write(`\r${this.#bar(done)}${line}\x1b[K`)
    else if (quarters > this.#quarters) console.log(line)
    this.#quarters = quarters
  }

  /** Ends the changing line. */
  end() {
    if (process.stdout.isTTY) process.stdout.write('\n')
  }

  /** @param {number} done */
  #bar(done) {
    const filled = Math.round((Math.min(done, this.#total) / this.#total) * WIDTH)
    return `  ${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)}`
  }
}
