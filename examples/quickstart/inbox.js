// @ts-check
// A mail server on this machine, which keeps count of who got what. It behaves like real ones: it takes its time, and
// turns some recipients away at first ("451, try again later").
import { once } from 'node:events'
import { SMTPServer } from 'smtp-server'

/** Milliseconds that each e-mail takes at least: before its greeting a mail server waits, to find out who is rude. */
export const PACE = 100

/** How often the server turns away the n-th recipient that it sees: every tenth once, every fiftieth twice. */
const refusals = (/** @type {number} */ nth) => (nth % 50 === 0 ? 2 : nth % 10 === 0 ? 1 : 0)

export class Inbox {
  /** How many e-mails each address has got. @type {Map<string, number>} */
  delivered = new Map()
  /** How many times somebody was turned away. */
  turnedAway = 0
  /** When the first and the latest e-mail came, as `performance.now()` tells it. */
  first = 0
  latest = 0
  /** How often each address will still be turned away. @type {Map<string, number>} */
  #refusals = new Map()
  #log
  #server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    onRcptTo: ({ address }, _session, done) => done(this.#admit(address)),
    onData: (stream, { envelope }, done) => {
      stream.resume().once('end', () => done(this.#keep(envelope.rcptTo)))
    },
  })

  /** @param {(line: string) => void} log */
  constructor(log = () => undefined) {
    this.#log = log
    // A sender that goes away in the middle is no reason to stop; anything else is.
    this.#server.on('error', (error) => this.#log(error.message))
  }

  /** Listens on a port of 127.0.0.1 (0: any free one) and gives its URL. */
  async open(port = 0) {
    const listener = this.#server.listen(port, '127.0.0.1')
    await once(listener, 'listening')
    const address = listener.address()
    return `smtp://127.0.0.1:${typeof address === 'object' ? address?.port : port}`
  }

  /** @returns {Promise<void>} */
  close() {
    return new Promise((resolve) => this.#server.close(resolve))
  }

  /** @param {string} address */
  #admit(address) {
    const left = this.#refusals.get(address) ?? refusals(this.#refusals.size + 1)
    this.#refusals.set(address, Math.max(0, left - 1))
    if (left === 0) return null
    this.turnedAway += 1
    this.#log(`turned away  ${address}`)
    return Object.assign(new Error('Mailbox busy, try again later'), { responseCode: 451 })
  }

  /** @param {readonly { address: string }[]} recipients */
  #keep(recipients) {
    this.latest = performance.now()
    this.first ||= this.latest
    for (const { address } of recipients) {
      this.delivered.set(address, (this.delivered.get(address) ?? 0) + 1)
      this.#log(`delivered    ${address}`)
    }
    return null
  }
}
