import { randomBytes } from 'node:crypto'
import type { KeptTallies, Tallies as TalliesFacet, Tally } from '@alligator/core'
import { type TallyRow, keptTallies, tallyNumbers } from '@alligator/core/backend'
import type { Connection } from './connection.js'
import { tallyKeys } from './keys.js'
import { ADD_TALLY, READ_TALLIES, TALLIED_QUEUES } from './scripts/tallies.js'

/** How tasks have ended of late: a hash for each queue, with a field for each of its last minutes and hours, which expires by itself. */
export class Tallies implements TalliesFacet {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async add(queue: string, tally: Tally): Promise<void> {
    const answer = randomBytes(12).toString('base64url')
    const { patience } = this.#connection.repeats
    const call = {
      queues: [tallyKeys(this.#connection.settings.prefix, queue, answer)],
      args: { queue, patience },
      rest: tallyNumbers(tally),
    }
    await this.#connection.runSafely(ADD_TALLY, () => call)
  }

  async queues(): Promise<string[]> {
    const call = { queues: [this.#keys('')], args: {} }
    const names = (await this.#connection.run(TALLIED_QUEUES, () => call)) as Buffer[]
    return names.map(String).sort()
  }

  async read(queue: string): Promise<KeptTallies> {
    const call = { queues: [this.#keys(queue)], args: {} }
    const [now, ...words] = (await this.#connection.run(READ_TALLIES, () => call)) as [number, ...Buffer[]]
    const rows = words.flatMap((word, at) => {
      const value = words[at + 1]
      return at % 2 === 0 && value ? [rowOf(String(word), String(value))] : []
    })
    return keptTallies(now / 1000, rows)
  }

  #keys(queue: string) {
    return tallyKeys(this.#connection.settings.prefix, queue)
  }
}

/** A field is the length of its span and its place in the ring; its value which span of all time that is, then the numbers. */
function rowOf(field: string, value: string): TallyRow {
  const length = Number.parseInt(field, 10)
  const [number = 0, ...numbers] = value.split(' ').map(Number)
  return [length, number * length, ...numbers]
}
