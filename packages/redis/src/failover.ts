import { StoreUnavailableError } from '@alligator/core'
import { clearTimeout, performance, setTimeout } from '@alligator/core/backend'
import type { RedisConnection } from './driver.js'

/** Of the sentinel that leads a failover: in a tenth of a second the replica ends its replication. */
const BEGINS = '+failover-state-send-slaveof-noone'
/** The new master is known: to the sentinel that leads, and then to each. */
const ENDS = ['+promoted-slave', '+switch-master']
/** The old master stays. */
const FAILS = [
  '-failover-abort-no-good-slave',
  '-failover-abort-slave-timeout',
  '-failover-abort-not-elected',
]
/** Milliseconds for which nothing is asked while a failover is under way of which nothing more is heard. */
const LONGEST_HOLD = 15_000
/** Milliseconds for which a master that was replaced is not gone back to: sentinels hear of it one after the other. */
const SHUNNED_FOR = 30_000
/** Milliseconds between two attempts to reach a sentinel. */
const RETRY = 1000

/** Where a sentinel is. */
export interface SentinelAddress {
  readonly host: string
  readonly port: number
}

/**
 * Follows the sentinels from one master to the next.
 *
 * A master that is replaced on purpose is well, keeps its connections, and takes writes for some ten seconds more: until a
 * sentinel makes it a replica, which throws them away. So, the sentinels are listened to:
 *
 * - when one is about to promote a replica, nothing is asked any more (_holding_);
 * - when it has promoted it, all connections are replaced, and the server that they led to is _shunned_: a sentinel that has
 *   not heard of it yet would lead there again, and each new connection is asked which server it leads to;
 * - when it has given up, or nothing more is heard, all goes on as before.
 */
export class Failover {
  readonly #dsn: string
  readonly #master: string
  readonly #connect: (sentinel: SentinelAddress) => RedisConnection
  readonly #sentinels = new Map<string, RedisConnection>()
  readonly #connections = new Set<RedisConnection>()
  /** Those that may lead to a master which was replaced. */
  readonly #unknown = new Set<RedisConnection>()
  /** The run id of the master. */
  #runId: string | undefined
  /** The address of the newest master that was told of. */
  #told: string | undefined
  #shunned: string | undefined
  #shunnedUntil = 0
  #holding: NodeJS.Timeout | undefined
  #waiters: (() => void)[] = []
  #isClosed = false

  constructor(
    dsn: string,
    master: string,
    sentinels: readonly SentinelAddress[],
    open: (sentinel: SentinelAddress) => RedisConnection,
  ) {
    this.#dsn = dsn
    this.#master = master
    this.#connect = open
    for (const sentinel of sentinels) this.#listenTo(sentinel)
  }

  /** Replaces a connection, too, when the master is; it is not connected yet. */
  follow(redis: RedisConnection): void {
    this.#connections.add(redis)
    this.#unknown.add(redis)
    redis.on('close', () => this.#unknown.add(redis))
    redis.on('end', () => this.#connections.delete(redis))
    redis.on('ready', () => void this.#identify(redis))
  }

  /** Whether nothing may be asked through a connection now. */
  isHolding(redis: RedisConnection): boolean {
    return this.#holding !== undefined || this.#unknown.has(redis)
  }

  /** Waits until something may have changed for those who hold, at most so many milliseconds. @throws StoreUnavailableError */
  async change(milliseconds: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiters = this.#waiters.filter((waiter) => waiter !== done)
        reject(
          new StoreUnavailableError(
            this.#dsn,
            'its master is being replaced',
            'What was asked may be tried again.',
          ),
        )
      }, milliseconds)
      const done = () => {
        clearTimeout(timer)
        resolve()
      }
      this.#waiters.push(done)
    })
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#holding)
    for (const sentinel of this.#sentinels.values()) sentinel.disconnect()
  }

  #listenTo(address: SentinelAddress): void {
    const name = `${address.host}:${address.port}`
    if (this.#sentinels.has(name) || this.#isClosed) return
    const sentinel = this.#connect(address)
    this.#sentinels.set(name, sentinel)
    // What follows from it is that nothing is heard from it; that no sentinel can be reached is told by the connection.
    sentinel.on('error', () => undefined)
    sentinel.on('connect', () => sentinel.stream?.unref())
    sentinel.on('ready', () => void this.#subscribe(sentinel).catch(() => undefined))
    sentinel.on('message', (channel, message) => this.#hear(String(channel), String(message).split(' ')))
    const begin = () => {
      if (!this.#isClosed) sentinel.connect().catch(() => undefined)
    }
    sentinel.on('end', () => setTimeout(begin, RETRY).unref())
    begin()
  }

  async #subscribe(sentinel: RedisConnection): Promise<void> {
    const others = (await sentinel.callBuffer('sentinel', ['sentinels', this.#master])) as unknown[]
    await Promise.all([BEGINS, ...ENDS, ...FAILS].map((channel) => sentinel.subscribe(channel)))
    for (const other of others) this.#listenTo(addressOf(other))
  }

  /** `+switch-master` names the master first; all others name an instance, and then its master if it is not one. */
  #hear(channel: string, words: readonly string[]): void {
    const isSwitch = channel === '+switch-master'
    const master = isSwitch ? words[0] : words[0] === 'master' ? words[1] : words[5]
    if (master !== this.#master) return
    if (channel === BEGINS) this.#hold()
    else if (FAILS.includes(channel)) this.#release()
    else this.#replace(isSwitch ? words.slice(3, 5) : words.slice(2, 4))
  }

  #hold(): void {
    clearTimeout(this.#holding)
    this.#holding = setTimeout(() => this.#release(), LONGEST_HOLD).unref()
  }

  #release(): void {
    clearTimeout(this.#holding)
    this.#holding = undefined
    this.#tell()
  }

  /** Every sentinel tells of it, one after the other; whoever leads to the new master by then stays. */
  #replace([host = '', port = '']: readonly string[]): void {
    const told = `${host}:${port}`
    const isNews = told !== this.#told && ![...this.#connections].some((redis) => leadsTo(redis, told))
    this.#told = told
    if (isNews && this.#runId !== undefined) {
      this.#shunned = this.#runId
      this.#shunnedUntil = performance.now() + SHUNNED_FOR
      for (const redis of this.#connections) this.#reconnect(redis)
    }
    this.#release()
  }

  #reconnect(redis: RedisConnection): void {
    this.#unknown.add(redis)
    redis.disconnect(true)
  }

  async #identify(redis: RedisConnection): Promise<void> {
    // A user who is denied INFO is not followed so closely.
    const info = String(await redis.callBuffer('info', []).catch(() => ''))
    if (redis.status !== 'ready') return
    const [, runId] = /^run_id:(\w+)/m.exec(info) ?? []
    const isShunned = runId !== undefined && runId === this.#shunned && performance.now() < this.#shunnedUntil
    if (isShunned || /^role:slave/m.test(info)) return this.#reconnect(redis)
    this.#runId = runId
    this.#unknown.delete(redis)
    this.#tell()
  }

  #tell(): void {
    const waiters = this.#waiters
    this.#waiters = []
    for (const tell of waiters) tell()
  }
}

function leadsTo({ status, stream }: RedisConnection, address: string): boolean {
  return status === 'ready' && `${stream?.remoteAddress}:${stream?.remotePort}` === address
}

/** From what a sentinel tells of another: names and values, in turn or as a map. */
function addressOf(told: unknown): SentinelAddress {
  const fields = new Map<string, string>()
  const words = Array.isArray(told)
    ? told.map(String)
    : Object.entries(told as object)
        .flat()
        .map(String)
  for (let at = 0; at + 1 < words.length; at += 2) fields.set(words[at] ?? '', words[at + 1] ?? '')
  return { host: fields.get('ip') ?? '', port: Number(fields.get('port')) }
}
