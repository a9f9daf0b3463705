import { once } from 'node:events'
import fivebeans from 'fivebeans'

/** A job as the driver hands it out. */
export interface Job {
  readonly id: string
  readonly body: Buffer
}

/** One connection of the bare driver, with promises in the place of its callbacks. */
export interface Line {
  put(body: string, delay?: number): Promise<unknown>
  /** `undefined` when there is none after a number of seconds. */
  reserve(seconds: number): Promise<Job | undefined>
  destroy(id: string): Promise<unknown>
  stats(): Promise<Readonly<Record<string, unknown>>>
  /** What is written meanwhile goes out together. */
  together(write: () => void): void
  end(): void
}

const PRIORITY = 0
/** Seconds until the server takes back what was reserved. */
const TTR = 30

type Answer = (problem: string | null, first: unknown, second: unknown) => void

function ask(send: (answer: Answer) => void): Promise<unknown> {
  return new Promise((resolve, reject) => {
    send((problem, first) => (problem === null ? resolve(first) : reject(new Error(problem))))
  })
}

export async function connect(url: string): Promise<Line> {
  const { hostname, port } = new URL(url)
  const client = new fivebeans.client(hostname, Number(port))
  client.connect()
  await once(client, 'connect')
  const socket = client.stream as import('node:net').Socket
  socket.setNoDelay(true)
  return {
    put: (body, delay = 0) => ask((answer) => client.put(PRIORITY, delay, TTR, Buffer.from(body), answer)),
    reserve: (seconds) =>
      new Promise((resolve) => {
        client.reserve_with_timeout(seconds, (problem, id, body) =>
          resolve(problem === null ? { id: String(id), body: body as Buffer } : undefined),
        )
      }),
    destroy: (id) => ask((answer) => client.destroy(id, answer)),
    stats: async () => (await ask((answer) => client.stats(answer))) as Readonly<Record<string, unknown>>,
    together(write) {
      socket.cork()
      write()
      socket.uncork()
    },
    end: () => socket.end(),
  }
}
