import type { PutOptions, StateStore } from '@alligator/core'
import type { Connection } from './connection.js'
import { packText, unpackText } from './stored.js'

/** What is kept by name: a row for each. */
export class State implements StateStore {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async now(): Promise<number> {
    return this.#connection.now()
  }

  async get(key: string): Promise<string | undefined> {
    const { getState } = this.#connection.statements
    const [row] = await this.#connection.look<[string]>(getState, () => [packText(key, 'key')])
    return row && unpackText(row[0])
  }

  /** What has a condition may be repeated whatever others do meanwhile: the server knows what became of its transaction. */
  async put(key: string, value: string, { ifValue, ttl }: PutOptions = {}): Promise<boolean> {
    const { putState, addState, replaceState } = this.#connection.statements
    const written = [packText(key, 'key'), packText(value, 'value'), ttl ?? null]
    if (ifValue === undefined) {
      await this.#connection.run(putState, () => written)
      return true
    }
    const [statement, values] =
      ifValue === null ? [addState, written] : [replaceState, [...written, packText(ifValue, 'ifValue')]]
    return (await this.#connection.transact((ask) => ask(statement, values))).length > 0
  }

  async delete(key: string, ifValue?: string): Promise<boolean> {
    const { deleteState } = this.#connection.statements
    const values = [packText(key, 'key'), ifValue === undefined ? null : packText(ifValue, 'ifValue')]
    return (await this.#connection.transact((ask) => ask(deleteState, values))).length > 0
  }
}
