import { type Delivery, hasCode } from '@alligator/core'
import { CLOCK_TEXT } from './scripts/parts.js'
import { toMilliseconds } from './stored.js'

/**
 * The protocol of repeated calls.
 *
 * When a connection is lost, so are the answers that were on their way, and nobody can tell which calls the server has
 * carried out. The connection repeats them, for twice the time limit of an answer, and says so to the script: `again` is
 * then 1. A script that is told so first finds out what the first try did, and gives that answer instead of doing it twice:
 *
 * - A _push_ has a number. The server keeps the answers to a client's latest pushes, in `pushed`; each push says which is the
 *   first that the client still waits for, so that all before it are forgotten. Without that, a task which was pushed, run
 *   and settled between the two tries would be pushed, and run, once more.
 * - A _reserve_ has a token, with which the receipts of all that it hands out begin. A repeated one is given what is held
 *   under its token.
 * - A _release_, a _bury_ and a _cancel_ write down that they ended a delivery, in `ended`, so that a repeated one finds
 *   either its own line or that of somebody else who came first.
 * - An _ack_ writes nothing down: acks are too many. A repeated one counts as done if its task is gone and none of the three
 *   others is written down for it.
 * - A _removal_ or _cancel_ keeps what it removed under a key of its own, `answer`.
 * - A _kick_ counts those that it finds alive: the first try will have brought them back. An _expedite_ that finds its task, and a _resume_,
 *   say in the same way that they did it.
 *
 * All of that is kept for `patience`, twice as long as a call can be repeated, and then forgotten.
 *
 * A call can also be given up: the store was away for longer, and its caller was told. What the caller does next may be the
 * same in other words, and so counts as repeated too. That is why a client remembers two things:
 *
 * - _Doubtful deliveries_: those that a call which was given up may have settled.
 * - _Lost tokens_: those of a `reserve` that was given up. The next one on the same queues takes its token, and with it what
 *   was handed out to nobody.
 */
export class Repeats {
  /** Milliseconds for which the server keeps answers. */
  readonly patience: number
  readonly #holder: string
  /** They are forgotten with whoever holds them. */
  readonly #doubtful = new WeakSet<Delivery>()
  /** By the queues that were asked. */
  readonly #lostTokens = new Map<string, string>()
  #tokens = 0
  #pushes = 0
  /** The numbers of the pushes that have not been answered, the first one first. */
  readonly #unanswered: number[] = []

  /** `holder`: what every receipt begins with; `seconds`: the time limit of an answer. */
  constructor(holder: string, seconds: number) {
    this.#holder = holder
    this.patience = toMilliseconds(4 * seconds)
  }

  /** A new token: what the receipts of a hand-out begin with. */
  newToken(): string {
    this.#tokens += 1
    return this.#holder + this.#tokens.toString(36)
  }

  /** The lost token of these queues, if there is one, for the next `reserve`. */
  takeLostToken(queues: string): string | undefined {
    const token = this.#lostTokens.get(queues)
    if (token !== undefined) this.#lostTokens.delete(queues)
    return token
  }

  /** Keeps the token of a `reserve` that failed, if the server may have carried it out. */
  loseToken(queues: string, token: string, error: unknown): void {
    if (isDoubt(error)) this.#lostTokens.set(queues, token)
  }

  isDoubtful(delivery: Delivery): boolean {
    return this.#doubtful.has(delivery)
  }

  /** Keeps in mind that a call failed which may have settled these. */
  doubt(deliveries: readonly Delivery[], error: unknown): void {
    if (isDoubt(error)) for (const delivery of deliveries) this.#doubtful.add(delivery)
  }

  /** Whether every push has been answered. */
  get hasAllAnswers(): boolean {
    return this.#unanswered.length === 0
  }

  /** The number of a push that begins; `endPush` must follow. */
  beginPush(): number {
    this.#pushes += 1
    this.#unanswered.push(this.#pushes)
    return this.#pushes
  }

  endPush(number: number): void {
    this.#unanswered.splice(this.#unanswered.indexOf(number), 1)
  }

  /** What a push tells of itself; a repeated one has nothing forgotten. */
  pushWords(number: number, again: boolean): { call: number; unanswered: number; patience: number } {
    const [first = number] = this.#unanswered
    return { call: number, unanswered: again ? 0 : first, patience: this.patience }
  }
}

/** Whether the server may have done what failed. */
function isDoubt(error: unknown): boolean {
  return hasCode(error, 'STORE_UNAVAILABLE')
}

/** A push begins: one that was carried out before gives its answer again. `refused` is the answer, empty as yet. */
export const BEGIN_PUSH: string = /* lua */ `
local refused, latest = {}, ''
if call ~= unanswered then
  for number, answer in string.gmatch(redis.call('GET', pushed) or '', '(%d+):([%d ]*);') do
    if number == call then
      for place in string.gmatch(answer, '%d+') do refused[#refused + 1] = tonumber(place) end
      return refused
    end
    if tonumber(number) >= tonumber(unanswered) then latest = latest .. number .. ':' .. answer .. ';' end
  end
end
`

/** A push has written everything: its answer is kept. */
export const END_PUSH: string = /* lua */ `
latest = latest .. call .. ':' .. table.concat(refused, ' ') .. ';'
redis.call('SET', pushed, latest, 'PX', patience)
`

/** Whether a receipt is one of those that were handed out under a token. */
export const IS_UNDER: string = /* lua */ `
local function isUnder(token, receipt)
  return string.sub(receipt, 1, #token) == token
end
`

/** What is held of a queue under a token: ids, payloads, and how often each was handed out. */
export const GIVEN_BEFORE: string = /* lua */ `${IS_UNDER}
local function givenBefore(token, tasks, receipts, room)
  local ids, counts, all = {}, {}, redis.call('HGETALL', receipts)
  for n = 1, #all, 2 do
    if #ids < room and isUnder(token, all[n + 1]) then
      ids[#ids + 1], counts[#counts + 1] = all[n], tonumber(string.sub(all[n + 1], #token + 1))
    end
  end
  if #ids == 0 then return ids, ids, ids end
  return ids, redis.call('HMGET', tasks, unpack(ids)), counts
end
`

/** Writes down how a delivery ended, unless by an ack. */
export const KEEP_END: string = /* lua */ `${CLOCK_TEXT}
local function keepEnd(ended, how, receipt, id, patience)
  redis.call('ZREMRANGEBYSCORE', ended, '-inf', clock)
  redis.call('ZADD', ended, now + tonumber(patience), how .. ' ' .. receipt .. ' ' .. id)
  redis.call('PEXPIRE', ended, patience)
end
`

/** Tells whether a delivery ended so, for as long as that is kept. */
export const HAS_ENDED: string = /* lua */ `
local function hasEnded(ended, how, receipt, id)
  return redis.call('ZSCORE', ended, how .. ' ' .. receipt .. ' ' .. id) ~= false
end
`

/** Whether the first try of a repeated ack has, as far as can be told, finished a task that is gone. */
export const ACKED_BEFORE: string = /* lua */ `${HAS_ENDED}
local function ackedBefore(tasks, ended, id, receipt)
  if redis.call('HEXISTS', tasks, id) == 1 then return false end
  for _, how in ipairs({ 'release', 'bury', 'remove' }) do
    if hasEnded(ended, how, receipt, id) then return false end
  end
  return true
end
`

/** The answer of a removal: whether the task was running, in one character, and its payload. */
export const KEEP_REMOVED: string = /* lua */ `
local function keepRemoved(answer, data, runs, patience)
  redis.call('SET', answer, runs .. data, 'PX', patience)
end
`

/** That answer, if the first try has kept it. */
export const REMOVED_BEFORE: string = /* lua */ `
local function removedBefore(answer)
  local kept = redis.call('GET', answer)
  return kept and { string.sub(kept, 2), tonumber(string.sub(kept, 1, 1)) }
end
`
