import type { Socket } from 'node:net'
import { performance, setImmediate } from '@alligator/core/backend'

/** Bytes that are worth a write of their own. */
const MUCH = 8192
/** Bytes of one write at most. */
const MOST = 64 * 1024

/**
 * Commands on their way out, a character for each byte. What is asked in one turn of the event loop goes out together; when
 * it is much, the server begins with a part. One write follows the other, so that it is seen how far a long one has come.
 */
export class Outbox {
  /** How many bytes were given so far, and how many of them have gone out. */
  given = 0
  gone = 0
  /** When the last of them went, on `performance.now()`. */
  wentAt = 0
  readonly #socket: Socket
  /** What came in this turn. */
  #text = ''
  #pieces: string[] = []
  #at = 0
  #isWriting = false

  constructor(socket: Socket) {
    this.#socket = socket
  }

  add(command: string): void {
    if (this.#text === '') setImmediate(() => this.#flush())
    this.#text += command
    this.given += command.length
    if (this.#text.length >= MUCH) this.#flush()
  }

  #flush(): void {
    for (let at = 0; at < this.#text.length; at += MOST) this.#pieces.push(this.#text.slice(at, at + MOST))
    this.#text = ''
    if (!this.#isWriting) this.#write()
  }

  #write(): void {
    const piece = this.#next()
    this.#isWriting = piece !== ''
    if (!this.#isWriting) return
    this.#socket.write(piece, 'latin1', (error) => {
      // Its connection is over, which is heard of otherwise.
      if (error) return
      this.gone += piece.length
      this.wentAt = performance.now()
      this.#write()
    })
  }

  /** As much as goes into one write. */
  #next(): string {
    let piece = ''
    for (; this.#at < this.#pieces.length; this.#at += 1) {
      const more = this.#pieces[this.#at] ?? ''
      if (piece !== '' && piece.length + more.length > MOST) return piece
      piece += more
    }
    this.#pieces = []
    this.#at = 0
    return piece
  }
}
