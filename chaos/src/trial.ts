import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Gator } from '@alligator/core'
import { now } from './app/journal.js'
import { watchForStandstills } from './app/standstill.js'
import { type Verdict, check, violations } from './check.js'
import { Crew, type CrewSettings } from './crew.js'
import type { Fault } from './faults/fault.js'
import { type Strike, readHistory } from './history.js'
import { readDeadLetters, takenKeys, untilEmpty } from './leftovers.js'
import { Place } from './place.js'
import type { Random } from './random.js'
import type { Scene } from './scene.js'
import { untilStill } from './stillness.js'
import type { Store, StoreKind } from './stores/store.js'
import { WallClock } from './wall-clock.js'

export interface TrialSettings extends Pick<
  CrewSettings,
  'workers' | 'concurrency' | 'lease' | 'rate' | 'seed'
> {
  readonly kind: StoreKind
  readonly fault: Fault
  /** How long tasks are enqueued and faults strike. */
  readonly seconds: number
  readonly random: Random
}

export interface TrialResult {
  readonly verdict: Verdict
  readonly strikes: number
  /** The promises that were broken, in words. */
  readonly problems: readonly string[]
}

/** MiB of a disk that can be filled. */
const SMALL_DISK = 16
/** Seconds that a load may take until its first task has run. */
const START_LIMIT = 60
/** Seconds that the last tasks may take once no fault strikes any more. */
const END_LIMIT = 120
/** The longest pause between two strikes in seconds; a short trial has shorter ones. */
const LONGEST_PAUSE = 6
/** As long as the slowest task takes: one that is struck at each try becomes a dead letter, and rightly so. */
const SHORTEST_PAUSE = 1.5

/** Why this trial cannot take place on this machine; `undefined` if it can. */
export function obstacle({ clock, smallDisk }: Fault): string | undefined {
  if (clock) return WallClock.problem
  return smallDisk ? Place.diskProblem() : undefined
}

/** Lets a fault strike a store under load again and again, and tells what became of the tasks. */
export class Trial {
  readonly #settings: TrialSettings
  readonly #place = new Place()
  readonly #strikes: Strike[] = []
  readonly #poisons = new Set<string>()
  /** Of this process, through which the connections to the store lead. */
  readonly #standstills: Strike[] = []
  #store: Store | undefined
  #crew: Crew | undefined

  constructor(settings: TrialSettings) {
    this.#settings = settings
  }

  /** @throws when it could not be brought to its end; its files are kept then. */
  async run(): Promise<TrialResult> {
    const unwatch = watchForStandstills(this.#settings.lease / 3, (begin) =>
      this.#standstills.push({ begin, end: now(), pids: undefined, jump: false }),
    )
    try {
      const result = await this.#run()
      if (result.problems.length === 0) this.#place.remove()
      return result
    } catch (error) {
      throw new Error(`${error instanceof Error ? error.message : String(error)} ${this.#kept()}`, {
        cause: error,
      })
    } finally {
      unwatch()
      await this.#crew?.kill()
      await this.#store?.stop()
      this.#place.leaveDisk()
    }
  }

  async #run(): Promise<TrialResult> {
    const { kind, fault, concurrency, lease } = this.#settings
    const scene = await this.#start()
    await this.#strike(scene)
    const strikes = this.#strikes.length
    const [settled] = await Promise.all([this.#settle(scene), scene.crew.endProducer()])
    const { directDsn, directState: state } = scene.store
    await using gator = new Gator(directDsn, { state })
    if (!kind.inProcess) await untilEmpty(gator, kind.exactCounts ? 0 : lease + 1, END_LIMIT)
    await scene.crew.endWorkers()
    const history = readHistory(this.#place.journals)
    const { doublesEnqueueings } = kind
    const dead = kind.inProcess ? history.dead : await readDeadLetters(gator)
    const standstills = [...history.standstills, ...this.#standstills]
    const verdict = check({
      ...history,
      ...{ standstills, dead, settled, doublesEnqueueings, lease },
      ticksJump: kind.ownClock ? fault.clock === 'server' : fault.clock !== undefined,
      resultsJump: fault.clock !== undefined,
      strikes: this.#strikes,
      poisons: this.#poisons,
    })
    const problems = violations(verdict, kind.inOrder && fault.name === 'none' ? concurrency : Infinity)
    if (gator.backend.schedules && verdict.ticks === 0) problems.push('no schedule has ticked')
    if (fault.hasKeys)
      problems.push(...(await takenKeys(directDsn, state)), ...(verdict.keyed > 0 ? [] : ['no key was used']))
    return {
      verdict,
      strikes,
      problems: problems.length > 0 ? [...problems, this.#kept()] : [],
    }
  }

  async #start(): Promise<Scene> {
    const { kind, fault, random, ...settings } = this.#settings
    const { folder, data, journals, logs } = this.#place
    if (fault.smallDisk) this.#place.shrinkDisk(kind.smallestDisk ?? SMALL_DISK)
    const clocks = {
      clients: new WallClock(join(folder, 'clients')),
      server: new WallClock(join(folder, 'server')),
    }
    const envOf = (whom: keyof typeof clocks) => (fault.clock ? clocks[whom].env : {})
    const store = await kind.start({ folder: data, log: join(logs, 'server.log'), env: envOf('server') })
    this.#store = store
    const env = { ...store.env, ...envOf('clients'), CHAOS_JOURNALS: journals }
    const crew = new Crew({
      ...{ ...settings, ...store, logs, env },
      inProcess: kind.inProcess,
      hasKeys: fault.hasKeys ?? false,
      clocks: fault.clock === 'worker' ? join(folder, 'worker') : undefined,
    })
    this.#crew = crew
    await crew.start()
    await this.#firstTask()
    return { store, crew, random, clocks, data, poisons: this.#poisons, during: this.#during }
  }

  async #firstTask(): Promise<void> {
    const end = now() + START_LIMIT
    while (!readHistory(this.#place.journals).runs.some(({ done }) => done)) {
      if (now() > end) throw new Error(`No task has run within ${START_LIMIT} s.`)
      await pause(100)
    }
  }

  async #strike(scene: Scene): Promise<void> {
    const { seconds, fault, random } = this.#settings
    const longest = Math.max(SHORTEST_PAUSE, Math.min(LONGEST_PAUSE, seconds / 2))
    const shortest = Math.max(SHORTEST_PAUSE, longest / 3)
    for (const end = now() + seconds; now() < end;) {
      await pause(1000 * random.between(shortest, longest))
      await fault.strike(scene)
    }
  }

  /** Gives when what could still be done was done, and the rest was made due. */
  async #settle(scene: Scene): Promise<number> {
    const { fault, lease } = this.#settings
    if (!fault.settle) return Infinity
    // Nothing may run any more that this could strike.
    await untilStill(this.#place.journals, lease + 1, END_LIMIT)
    const settled = now()
    await fault.settle(scene)
    return settled
  }

  readonly #during: Scene['during'] = async (whom, harm) => {
    const pids = whom === 'all' ? undefined : whom.map(({ pid }) => pid)
    const begin = now()
    await harm()
    const { clock, keepsLeases = false } = this.#settings.fault
    this.#strikes.push({ begin, end: now(), pids, jump: clock !== undefined, keepsLeases })
  }

  #kept(): string {
    return `Its journals and logs: ${this.#place.keep()}`
  }
}
