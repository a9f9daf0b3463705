import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { ClosedError, StoreUnavailableError, hasCode } from '@alligator/core'
import { type Argument, type RedisConnection, connect } from './driver.js'
import { type RedisAddress, parseDsn } from './dsn.js'
import { warnOfEviction } from './eviction.js'
import { Keys } from './keys.js'
import { untilReady } from './ready.js'
import type { Script } from './scripts/script.js'
import { type RedisClientOptions, type Settings, readSettings } from './settings.js'
import { isUnknownScript, storeError } from './store-error.js'
import { toMilliseconds } from './stored.js'
import { TimeLimit } from './time-limit.js'

/** What a script is called with, made anew for each attempt: `again` when an earlier one may have been carried out. */
export type Call = (again: boolean) => {
  readonly keys: readonly string[]
  readonly args: readonly Argument[]
}

/** Milliseconds between two attempts at most. */
const LONGEST_PAUSE = 500

/**
 * The way to one server or cluster: opened on first use, or the app's own. Each command has a time limit; what fails for
 * want of an answer is asked again, on a new connection, for twice that time in all.
 */
export class Connection {
  readonly dsn: string
  /** What receipts, and the channel on which it hears, name it by; it holds no colon. */
  readonly id: string = randomBytes(6).toString('base64url')
  readonly settings: Settings
  /** Milliseconds for which answers are kept: a call is repeated for half of them. */
  readonly patience: number
  readonly keys: Keys
  /** Whether keys of different queues live apart, so that no script can have both. */
  readonly isCluster: boolean
  readonly #address: RedisAddress | undefined
  /** A connection that is not ours. */
  readonly #apps: RedisConnection | undefined
  readonly #known = new Set<Script>()
  readonly #limit: TimeLimit
  /** How much was asked for and is not answered. */
  #asked = 0
  #onIdle: () => void = ignore
  #redis: RedisConnection | undefined
  #opening: Promise<RedisConnection> | undefined
  #readying: Promise<void> | undefined
  /** Why it could not connect last. */
  #trouble: unknown
  #isClosed = false

  /** @throws InvalidDsnError, InvalidOptionError */
  constructor(source: string | RedisConnection, options: RedisClientOptions) {
    if (typeof source === 'string') this.#address = parseDsn(source)
    else this.#redis = this.#apps = source
    this.dsn = typeof source === 'string' ? source : 'redis://'
    this.isCluster = typeof source === 'string' ? this.#address?.cluster === true : source.isCluster
    this.settings = readSettings({ ...this.#address?.options, ...options })
    this.patience = toMilliseconds(4 * this.settings.timeout)
    this.keys = new Keys(this.settings.prefix, this.id)
    this.#limit = new TimeLimit(this.settings.timeout)
  }

  /** What its receipts begin with. */
  get holder(): string {
    return `${this.id}:`
  }

  /** What ioredis puts before each key by itself. */
  get keyPrefix(): string {
    return this.#redis?.options.keyPrefix ?? ''
  }

  /** What the channels of all clients begin with; the `id` of each follows. */
  get channels(): string {
    return `${this.settings.prefix}:wake:`
  }

  /** Runs a script, and repeats it while its answer is in doubt. */
  run(script: Script, call: Call): Promise<unknown> {
    return this.insist((redis, again) => this.#evaluate(redis, script, call(again)))
  }

  /** Sends a command that may be repeated. */
  send(command: string, args: readonly Argument[]): Promise<unknown> {
    return this.insist((redis) => this.within(redis, redis.callBuffer(command, [...args])))
  }

  /** Gives the names of all keys that match. */
  async scan(pattern: string): Promise<string[]> {
    return this.insist(async (redis) => {
      const nodes = redis.nodes?.('master') ?? [redis]
      return (await Promise.all(nodes.map((node) => this.#scanNode(node, pattern)))).flat()
    })
  }

  /**
   * Repeats a step while the server is away, for some time; it is told whether it may have been carried out before. What
   * succeeds at once, nearly everything, has no more than one promise put around it.
   */
  insist<T>(step: (redis: RedisConnection, again: boolean) => Promise<T>): Promise<T> {
    const end = performance.now() + 2000 * this.settings.timeout
    this.#asked += 1
    return new Promise((resolve, reject) => {
      const succeed = (value: T) => {
        this.#answered()
        resolve(value)
      }
      const fail = (error: unknown) => {
        this.#answered()
        reject(error)
      }
      const repeat = (error?: unknown) => void this.#repeat(step, end, error).then(succeed, fail)
      const redis = this.#redis
      if (redis?.status !== 'ready') return repeat()
      try {
        step(redis, false).then(succeed, repeat)
      } catch (error) {
        fail(error)
      }
    })
  }

  /** Tries again after a failure, if there was one. */
  async #repeat<T>(
    step: (redis: RedisConnection, again: boolean) => Promise<T>,
    end: number,
    failure?: unknown,
  ): Promise<T> {
    let again = failure !== undefined && !isUnknownScript(failure)
    for (let tries = 1, error = failure; ; tries += 1) {
      if (error !== undefined) await this.#beforeNext(error, tries, end)
      try {
        const redis = await this.#ready(end)
        const asked = step(redis, again)
        again = true
        return await asked
      } catch (another) {
        error = another
      }
    }
  }

  /** @throws the error itself, in our words, when nothing is to be tried again. */
  async #beforeNext(error: unknown, tries: number, end: number): Promise<void> {
    // A server that was started again, or was told to forget them, knows no script.
    if (isUnknownScript(error)) return this.#known.clear()
    const failure = storeError(error, this.dsn)
    const isOver = this.#isClosed || performance.now() >= end
    if (!hasCode(failure, 'STORE_UNAVAILABLE') || isOver) throw failure
    await pause(Math.min(LONGEST_PAUSE, 10 * 2 ** Math.min(tries, 10)))
  }

  #answered(): void {
    this.#asked -= 1
    if (this.#asked === 0) this.#onIdle()
  }

  /** Waits until a connection can be used. */
  ready(redis: RedisConnection): Promise<void> {
    return untilReady(redis, 1000 * this.settings.timeout)
  }

  /** One more connection like this one; it belongs to the caller, who must disconnect it. */
  async duplicate(): Promise<RedisConnection> {
    const copy = (await this.#open()).duplicate()
    copy.on('error', ignore)
    // We subscribe again ourselves: ioredis does not catch it when that fails.
    copy.options.autoResubscribe = false
    return copy
  }

  /** Lets what was asked end, and disconnects unless the connection is the app's. */
  async close(): Promise<void> {
    if (this.#asked > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve))
    this.#isClosed = true
    await this.#opening?.catch(ignore)
    if (!this.#apps) this.#redis?.disconnect()
  }

  async #ready(end: number): Promise<RedisConnection> {
    const redis = await this.#open()
    if (this.#isClosed) throw new ClosedError('This Redis client')
    const left = Math.max(0, end - performance.now())
    this.#readying ??= untilReady(redis, left, this.#trouble).finally(() => (this.#readying = undefined))
    await this.#readying
    return redis
  }

  async #open(): Promise<RedisConnection> {
    if (this.#redis || !this.#address) return this.#redis as RedisConnection
    this.#opening ??= connect(this.#address, this.settings.timeout).finally(() => (this.#opening = undefined))
    const redis = await this.#opening
    if (this.#redis) return this.#redis
    redis.on('error', (error) => (this.#trouble = error))
    redis.on('ready', () => (this.#trouble = undefined))
    this.#redis = redis
    return redis
  }

  async #scanNode(node: RedisConnection, pattern: string): Promise<string[]> {
    const keys: string[] = []
    let cursor = '0'
    do {
      const args = [cursor, 'MATCH', pattern, 'COUNT', 1000]
      const [next, found] = (await this.within(node, node.callBuffer('scan', args))) as [Buffer, Buffer[]]
      cursor = next.toString()
      keys.push(...found.map(String))
    } while (cursor !== '0')
    return keys
  }

  #evaluate(redis: RedisConnection, script: Script, { keys, args }: ReturnType<Call>): Promise<unknown> {
    // The text goes along until an answer shows that the server has it: pipelined calls then keep their order.
    const isKnown = this.#known.has(script)
    const [command, name] = isKnown ? ['evalsha', script.sha] : ['eval', script.lua]
    const asked = redis.callBuffer(command, [name, keys.length, ...keys, ...args])
    return isKnown ? this.within(redis, asked) : this.#learn(redis, script, asked)
  }

  async #learn(redis: RedisConnection, script: Script, asked: Promise<unknown>): Promise<unknown> {
    const reply = await this.within(redis, asked)
    if (this.#known.size === 0) void warnOfEviction(redis)
    this.#known.add(script)
    return reply
  }

  /** Waits for an answer. A connection that goes silent does not end by itself: it is given up, and replaced if it is ours. */
  within<T>(redis: RedisConnection, asked: Promise<T>): Promise<T> {
    return this.#limit.wait(asked, () => {
      if (redis !== this.#apps && !this.#isClosed) redis.disconnect(true)
      const why = `there was no answer within ${this.settings.timeout} s`
      return new StoreUnavailableError(this.dsn, why, 'What was asked may be tried again.')
    })
  }
}

function ignore(): void {}
