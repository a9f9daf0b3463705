import { randomBytes } from 'node:crypto'
import type { PutOptions, StateStore } from '@alligator/core'
import type { Connection } from './connection.js'
import { stateKey } from './keys.js'
import { DELETE_STATE, PUT_STATE } from './scripts/state.js'
import { toMilliseconds } from './stored.js'

/** What is kept by name: a key for each, which expires by itself. */
export class State implements StateStore {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** On a cluster that of any node. */
  async now(): Promise<number> {
    const [seconds, micros] = (await this.#connection.send('time', [])) as [Buffer, Buffer]
    return Number(seconds) + Number(micros) / 1e6
  }

  async get(key: string): Promise<string | undefined> {
    const value = (await this.#connection.send('get', [this.#keys(key).state])) as Buffer | null
    return value?.toString()
  }

  async put(key: string, value: string, { ifValue, ttl }: PutOptions = {}): Promise<boolean> {
    const args = { ...this.#how(ifValue), value, ttl: ttl === undefined ? 0 : toMilliseconds(ttl) }
    const call = { queues: [this.#keys(key)], args }
    return (await this.#connection.runSafely(PUT_STATE, () => call)) === 1
  }

  async delete(key: string, ifValue?: string): Promise<boolean> {
    const call = { queues: [this.#keys(key)], args: this.#how(ifValue) }
    return (await this.#connection.runSafely(DELETE_STATE, () => call)) === 1
  }

  /** `answer`: where a call that did something writes that down, for itself when it is repeated. */
  #keys(key: string): { state: string; answer: string } {
    const state = stateKey(this.#connection.settings.prefix, key)
    return { state, answer: `${state}:${randomBytes(12).toString('base64url')}` }
  }

  #how(ifValue: string | null | undefined): { condition: string; expected: string; patience: number } {
    const { patience } = this.#connection.repeats
    if (ifValue === undefined) return { condition: 'any', expected: '', patience }
    return ifValue === null
      ? { condition: 'none', expected: '', patience }
      : { condition: 'same', expected: ifValue, patience }
  }
}
