import { randomBytes } from 'node:crypto'
import { StoreUnavailableError, hasCode } from '@alligator/core'
import { type Lifecycle, Silence, insist, insistAfter, performance } from '@alligator/core/backend'
import { type Argument, type RedisConnection, connect } from './driver.js'
import { type RedisAddress, parseDsn } from './dsn.js'
import { warnOfEviction } from './eviction.js'
import type { Failover } from './failover.js'
import { Keys } from './keys.js'
import { untilReady } from './ready.js'
import { Repeats } from './repeats.js'
import { type Call, type Script, type Text, textOf, wordsOf } from './scripts/script.js'
import { listenToSentinels } from './sentinels.js'
import { type RedisClientOptions, type Settings, readSettings } from './settings.js'
import { isUnknownScript, storeError } from './store-error.js'
import { TimeLimit } from './time-limit.js'

/** A script that is at hand, and whether the server has it. */
interface Known extends Text {
  isThere: boolean
}

/** Seconds between two attempts: doubling from the first to the last. */
const PAUSES = { shortest: 0.02, longest: 0.5 }

/**
 * The way to one server or cluster: opened on first use, or the app's own. Each command has a time limit; what fails for
 * want of an answer is asked again, on a new connection, for twice that time in all.
 */
export class Connection {
  readonly dsn: string
  /** What receipts, and the channel on which it hears, name it by; it holds no colon. */
  readonly id: string = randomBytes(6).toString('base64url')
  readonly settings: Settings
  readonly repeats: Repeats
  readonly life: Lifecycle
  readonly keys: Keys
  /** Whether keys of different queues live apart, so that no script can have both. */
  readonly isCluster: boolean
  readonly #address: RedisAddress | undefined
  /** A connection that is not ours. */
  readonly #apps: RedisConnection | undefined
  readonly #scripts = new Map<Script, Known>()
  readonly #limit: TimeLimit
  #redis: RedisConnection | undefined
  #opening: Promise<RedisConnection> | undefined
  #readying: Promise<void> | undefined
  #failover: Failover | undefined
  /** Whether something that was asked has been answered well. */
  #hasWorked = false
  /** How many steps are under way: as long as there are any, the connection keeps the process alive. */
  #underWay = 0
  /** Why it could not connect last. */
  #trouble: unknown

  /** @throws InvalidDsnError, InvalidOptionError */
  constructor(source: string | RedisConnection, options: RedisClientOptions, life: Lifecycle) {
    this.life = life
    if (typeof source === 'string') this.#address = parseDsn(source)
    else this.#redis = this.#apps = source
    this.dsn = typeof source === 'string' ? source : 'redis://'
    this.isCluster = typeof source === 'string' ? this.#address?.cluster === true : source.isCluster
    this.settings = readSettings({ ...this.#address?.options, ...options })
    this.repeats = new Repeats(this.holder, this.settings.timeout)
    this.keys = new Keys(this.settings.prefix, this.id)
    this.#limit = new TimeLimit(this.settings.timeout, new Silence(this.dsn, life))
  }

  /** What the receipts of all that is handed out here begin with. */
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

  /**
   * Runs a script, and repeats it while its answer is in doubt: as `repeats.ts` tells. `call` is made anew for each attempt.
   * `isDoubtful`: already the first one counts as repeated.
   */
  run<S extends Script>(
    script: S,
    call: (again: boolean) => Call<S>,
    isDoubtful: boolean = false,
  ): Promise<unknown> {
    return this.insist((redis, isRepeated) => {
      const again = isRepeated || isDoubtful
      return this.#evaluate(redis, script, call(again), again)
    })
  }

  /**
   * The same for what must outlive a failover: it is repeated until so many replicas have it as the settings ask for. What is
   * asked through the same connection afterwards waits meanwhile.
   */
  runSafely<S extends Script>(script: S, call: (again: boolean) => Call<S>): Promise<unknown> {
    const { ackReplicas, timeout } = this.settings
    if (ackReplicas === 0) return this.run(script, call)
    return this.insist(async (redis, again) => {
      const written = this.#evaluate(redis, script, call(again), again)
      const patience = Math.ceil(500 * timeout)
      const waited = this.within(redis, redis.callBuffer('wait', [ackReplicas, patience]))
      const [reply, replicas] = await Promise.all([written, waited])
      if (Number(replicas) >= ackReplicas) return reply
      const why = `${Number(replicas)} replicas of ${ackReplicas} have confirmed what was written`
      throw new StoreUnavailableError(
        this.dsn,
        why,
        'See that replicas are up; what was asked may be tried again.',
      )
    })
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
    this.#begin()
    return new Promise((resolve, reject) => {
      const succeed = (value: T) => {
        this.#end()
        resolve(value)
      }
      const fail = (error: unknown) => {
        this.#end()
        reject(error)
      }
      const repeat = (error?: unknown) => void this.#repeat(step, end, error).then(succeed, fail)
      const redis = this.#redis
      if (redis?.status !== 'ready' || this.#failover?.isHolding(redis)) return repeat()
      try {
        step(redis, false).then(succeed, repeat)
      } catch (error) {
        fail(error)
      }
    })
  }

  #begin(): void {
    this.life.begin()
    this.#underWay += 1
    if (this.#underWay === 1) this.#own?.stream?.ref()
  }

  #end(): void {
    this.#underWay -= 1
    if (this.#underWay === 0) this.#own?.stream?.unref()
    this.life.end()
  }

  /** A connection that is ours: a script ends by itself once all that it has asked is answered. */
  get #own(): RedisConnection | undefined {
    return this.#apps ? undefined : this.#redis
  }

  /** Tries again after a failure, if there was one. */
  #repeat<T>(
    step: (redis: RedisConnection, again: boolean) => Promise<T>,
    end: number,
    failure?: unknown,
  ): Promise<T> {
    // It may have taken long, and gone well until then.
    const until = Math.max(end, performance.now() + 1000 * this.settings.timeout)
    const hasFailed = failure !== undefined && !this.#isForgotten(failure)
    let again = hasFailed
    const attempt = async (): Promise<T> => {
      try {
        const redis = await this.#ready(until)
        const asked = step(redis, again)
        again = true
        return await asked
      } catch (error) {
        if (this.#isForgotten(error)) return attempt()
        throw this.#told(error)
      }
    }
    const isPassing = (error: unknown) => hasCode(error, 'STORE_UNAVAILABLE')
    const how = { ...PAUSES, end: until, isPassing, onTrouble: this.life.tellTrouble }
    return hasFailed ? insistAfter(this.#told(failure), attempt, how) : insist(attempt, how)
  }

  #told(error: unknown): unknown {
    return storeError(error, this.dsn, this.#hasWorked)
  }

  /** Whether the server has forgotten a script, and so done nothing: it was started again, or told to. */
  #isForgotten(error: unknown): boolean {
    if (!isUnknownScript(error)) return false
    for (const known of this.#scripts.values()) known.isThere = false
    return true
  }

  /** Waits until a connection can be used. */
  ready(redis: RedisConnection): Promise<void> {
    return untilReady(redis, 1000 * this.settings.timeout, { hasWorked: this.#hasWorked })
  }

  /** One more connection like this one; it belongs to the caller, who must disconnect it. */
  async duplicate(): Promise<RedisConnection> {
    const copy = (await this.#open()).duplicate()
    copy.on('error', ignore)
    // We subscribe again ourselves: ioredis does not catch it when that fails.
    copy.options.autoResubscribe = false
    this.#failover?.follow(copy)
    return copy
  }

  /** Ends the connection, unless it is the app's. */
  async disconnect(): Promise<void> {
    await this.#opening?.catch(ignore)
    this.#failover?.close()
    if (!this.#apps) this.#redis?.disconnect()
  }

  async #ready(end: number): Promise<RedisConnection> {
    const redis = await this.#open()
    if (this.life.isClosed) throw this.life.closedError()
    const left = () => Math.max(0, end - performance.now())
    do {
      this.#readying ??= untilReady(redis, left(), {
        hasWorked: this.#hasWorked,
        trouble: this.#trouble,
      }).finally(() => (this.#readying = undefined))
      await this.#readying
      if (this.#failover?.isHolding(redis)) await this.#failover.change(left())
    } while (redis.status !== 'ready' || this.#failover?.isHolding(redis))
    return redis
  }

  async #open(): Promise<RedisConnection> {
    if (this.#redis || !this.#address) return this.#redis as RedisConnection
    this.#opening ??= this.#make(this.#address).finally(() => (this.#opening = undefined))
    return this.#opening
  }

  async #make(address: RedisAddress): Promise<RedisConnection> {
    const { timeout } = this.settings
    const redis = await connect(address, timeout)
    this.#failover = await listenToSentinels(address, this.dsn, timeout)
    this.#failover?.follow(redis)
    redis.on('error', (error) => (this.#trouble = error))
    redis.on('ready', () => {
      this.#trouble = undefined
      this.life.tellTrouble(undefined)
    })
    redis.on('close', () => {
      if (this.life.isOpen)
        this.life.tellTrouble(this.#told(this.#trouble ?? new Error('Connection is closed.')))
    })
    redis.on('connect', () => {
      if (this.#underWay === 0) redis.stream?.unref()
    })
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

  #evaluate<S extends Script>(
    redis: RedisConnection,
    script: S,
    call: Call<S>,
    again: boolean,
  ): Promise<unknown> {
    const known = this.#know(script)
    // The text goes along until an answer shows that the server has it: pipelined calls then keep their order.
    if (!known.isThere) return this.#learn(redis, known, wordsOf(known.lua, script, call, again))
    return this.within(redis, redis.callBuffer('evalsha', wordsOf(known.sha, script, call, again)))
  }

  #know(script: Script): Known {
    const found = this.#scripts.get(script)
    if (found) return found
    const known = { ...textOf(script), isThere: false }
    this.#scripts.set(script, known)
    return known
  }

  async #learn(redis: RedisConnection, known: Known, words: Argument[]): Promise<unknown> {
    const reply = await this.within(redis, redis.callBuffer('eval', words))
    if (![...this.#scripts.values()].some(({ isThere }) => isThere)) void warnOfEviction(redis)
    known.isThere = true
    this.#hasWorked = true
    return reply
  }

  /** Waits for an answer. A connection that goes silent does not end by itself: it is given up, and replaced if it is ours. */
  within<T>(redis: RedisConnection, asked: Promise<T>): Promise<T> {
    // The nodes of a cluster answer for themselves, and not for each other.
    return this.#limit.wait(redis.isCluster ? asked : redis, asked, () => {
      if (redis !== this.#apps && !this.life.isClosed) redis.disconnect(true)
      const why = `there was no answer within ${this.settings.timeout} s`
      return new StoreUnavailableError(this.dsn, why, 'What was asked may be tried again.')
    })
  }
}

function ignore(): void {}
