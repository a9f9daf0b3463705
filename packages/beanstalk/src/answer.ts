/** The two bytes that end a line, and a body. */
const [CARRIAGE_RETURN, LINE_FEED] = [13, 10]
const END = 2
/** The most bytes of a first line: no answer of the protocol has more than the name of a tube and a word. */
const LONGEST_LINE = 512
/** The most bytes of what the server tells about itself, a tube or a job: some 2 KiB are usual. */
const LONGEST_FACTS = 64 * 1024
/** The most bytes that any beanstalkd can be told to take as a job. */
export const LONGEST_JOB: number = 2 ** 30

/** How many pieces are kept as they came: of 64 KiB they are a job of 64 MiB. */
const MOST_CHUNKS = 1024

/** The answers with a body, and how many bytes it may have. */
const BODIES: ReadonlyMap<string, number> = new Map([
  ['RESERVED', LONGEST_JOB],
  ['FOUND', LONGEST_JOB],
  ['OK', LONGEST_FACTS],
])
/** How a line begins: with a word of the protocol, of which so far there may be a part. */
const BEGINNING = /^[A-Z_]*(?:$|[ \r])/
const COUNT = /^\d{1,10}$/

/** One answer of the server. */
export interface Answer {
  readonly word: string
  /** What stands after the word, without the length of the body. */
  readonly args: readonly string[]
  /** A view of bytes that other answers may share. */
  readonly body: Buffer
}

/** What was sent is no answer of the protocol: so nothing that follows can be understood. */
export class NoAnswerError extends Error {
  /** The beginning of what was sent. */
  readonly said: string

  constructor(said: string) {
    super(`it answered ${JSON.stringify(said.slice(0, 40))}`)
    this.said = said
  }
}

const NO_BYTES = Buffer.alloc(0)

/**
 * Cuts what the server sends into answers. It knows nothing of what was asked, and believes no more than the bounds above:
 * whoever answers may be no beanstalkd, or a hostile one. Bytes are kept as they came until an answer is complete.
 */
export class AnswerReader {
  #chunks: Buffer[] = []
  #length = 0
  /** Nothing can be read before so many bytes are there. */
  #needed = 1

  /** Gives each answer that is complete by now to `take`. @throws NoAnswerError */
  read(chunk: Buffer, take: (answer: Answer) => void): void {
    this.#chunks.push(chunk)
    this.#length += chunk.length
    if (this.#length < this.#needed) {
      // A buffer costs more than the few bytes that may be in it.
      if (this.#chunks.length > MOST_CHUNKS) this.#chunks = [Buffer.concat(this.#chunks, this.#length)]
      return
    }
    const received = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#length)
    let at = 0
    for (let end = this.#endOf(received, at, take); end > at; end = this.#endOf(received, at, take)) at = end
    this.#chunks = at < received.length ? [received.subarray(at)] : []
    this.#length = received.length - at
    this.#needed -= at
  }

  /** Reads the answer that begins at `at`, and gives where it ends; `at` itself, when it is not there as a whole. */
  #endOf(received: Buffer, at: number, take: (answer: Answer) => void): number {
    const feed = received.indexOf(LINE_FEED, at)
    const length = (feed < 0 ? received.length : feed + 1) - at
    const line = received.toString('latin1', at, at + Math.min(length, LONGEST_LINE))
    if (!BEGINNING.test(line) || length > LONGEST_LINE) throw new NoAnswerError(line)
    if (feed < 0) return this.#needMore(at, received.length + 1)
    if (received[feed - 1] !== CARRIAGE_RETURN) throw new NoAnswerError(line)
    const [word = '', ...args] = line.slice(0, -END).split(' ')
    const body = feed + 1
    const limit = BODIES.get(word)
    if (limit === undefined) {
      take({ word, args, body: NO_BYTES })
      return body
    }
    const count = args.pop() ?? ''
    const end = body + Number(count)
    if (!COUNT.test(count) || end - body > limit) throw new NoAnswerError(line)
    if (received.length < end + END) return this.#needMore(at, end + END)
    if (received[end] !== CARRIAGE_RETURN || received[end + 1] !== LINE_FEED) throw new NoAnswerError(line)
    take({ word, args, body: received.subarray(body, end) })
    return end + END
  }

  #needMore(at: number, needed: number): number {
    this.#needed = needed
    return at
  }
}
