import type { Client } from '../backend/client.js'
import type { Delivery, Pause, StoredTask } from '../backend/contract.js'
import type { PauseOptions } from '../backend/facets.js'
import { need } from '../backend/need.js'
import type { StateStore } from '../backend/state-store.js'
import { type Clock, sleep, systemClock } from '../base/clock.js'
import type { Payload } from '../base/payload.js'
import { hasCode } from '../errors/index.js'
import type { FunctionRefs } from '../function-ref/index.js'
import type { Task } from '../task/task.js'
import { markParked, parkedUntil, peekTask } from '../wire/payload.js'

/** Seconds for which a worker goes by what it knew of paused functions when it looked last. */
export const LOOK = 1
/** Seconds until a parked task is looked at again, where a resume finds it before. */
const PARK = 600
/** The same where nobody can find it. */
const BRIEF = 60
/** Seconds by which a store may have another idea of when a parked task is due. */
const SKEW = 5
/** Parked tasks that are looked for at once. */
const PAGE = 500

/** A pause of the tasks of one function. */
export interface TaskPause extends Pause {
  /** The function: `module#name`, or the name alone. */
  readonly task: string
}

/** The gator that they belong to, as far as they know it. */
interface TaskPauseHost {
  readonly backend: Client
  readonly state: Client | undefined
  readonly clock: Clock
  readonly context: { readonly refs: FunctionRefs }
  seal(data: Payload, queue: string, former?: Payload): Payload
  open(data: Payload, queue: string): Payload
  peek(data: Payload, queue: string): Promise<Task>
}

/**
 * The pauses of single functions. No store reads payloads, so it is the workers that keep such tasks back: they learn of pauses from a
 * value in the store, which each of them looks at once a second while it is given tasks. What it is given of a paused function
 * goes back as it was and is *parked*: delayed for ten minutes, with a mark in its payload, so that it is not handed out again and again,
 * and comes back by itself whatever happens. A resume makes due what bears the mark.
 *
 * `pause` and `resume` resolve once no worker can have missed them.
 */
export class TaskPauses {
  readonly #host: TaskPauseHost

  constructor(host: TaskPauseHost) {
    this.#host = host
  }

  /** Where they are kept, if they can be. */
  get store(): StateStore | undefined {
    return this.#host.backend.state ?? this.#host.state?.state
  }

  async pause(queue: string, task: string, { for: length, reason }: PauseOptions): Promise<void> {
    const store = this.#need('gator.pause')
    const since = await store.now()
    const until = length === undefined ? undefined : since + length
    await change(store, queue, (pauses) => {
      const others = pauses.filter((pause) => pause.task !== task && !isOver(pause, since))
      return [...others, { task, since, until, reason }]
    })
    await sleep(systemClock, LOOK)
  }

  /** `false`: it was not paused. */
  async resume(queue: string, task: string): Promise<boolean> {
    const store = this.#need('gator.resume')
    const now = await store.now()
    let wasPaused = false
    await change(store, queue, (pauses) => {
      wasPaused = pauses.some((pause) => pause.task === task && !isOver(pause, now))
      return pauses.filter((pause) => pause.task !== task && !isOver(pause, now))
    })
    await sleep(systemClock, LOOK)
    await this.#wake(queue, task)
    return wasPaused
  }

  /** Those of a queue that are not over. */
  async list(queue: string): Promise<readonly TaskPause[]> {
    const store = this.#need('gator.pausedTasks')
    const pauses = readPauses(await store.get(keyOf(queue)))
    if (pauses.length === 0) return pauses
    const now = await store.now()
    return pauses.filter((pause) => !isOver(pause, now))
  }

  /** The pause that keeps a task back, if there is one. */
  async findFor(pauses: readonly TaskPause[], { data, queue }: Delivery): Promise<TaskPause | undefined> {
    const name = await this.#nameOf(data, queue)
    return name === undefined ? undefined : pauses.find(({ task }) => isCalled(name, task))
  }

  /** Puts a task back for some time, uncharged. `false`: it was not held any more. */
  async park(delivery: Delivery, { until = Infinity }: TaskPause): Promise<boolean> {
    const { backend, clock } = this.#host
    const now = clock.now()
    const long = Math.min(now + PARK, until)
    const data = backend.listing && backend.expediting && this.#mark(delivery, long)
    try {
      if (data !== undefined) return await backend.release(delivery, { data, delayUntil: long })
    } catch (error) {
      // There may be no room for the mark.
      if (!hasCode(error, 'PAYLOAD_TOO_LARGE')) throw error
    }
    return backend.release(delivery, { delayUntil: Math.min(now + BRIEF, until) })
  }

  #need(operation: string): StateStore {
    const { backend } = this.#host
    if (!this.store) need(backend, 'pausing', `${operation} of one function`)
    return this.store ?? need(backend, 'state', `${operation} of one function`)
  }

  /** `undefined`: it cannot be marked. */
  #mark({ data, queue }: Delivery, until: number): Payload | undefined {
    const opened = this.#host.open(data, queue)
    const marked = markParked(opened, until)
    return marked === opened ? undefined : this.#host.seal(marked, queue, data)
  }

  async #wake(queue: string, task: string): Promise<void> {
    const { listing, expediting } = this.#host.backend
    if (!listing || !expediting) return
    for (let after: string | undefined; ;) {
      const page = await listing.list(queue, 'delayed', { limit: PAGE, after })
      for (const stored of page.tasks)
        if (await this.#isParked(queue, stored, task)) await expediting.expedite(queue, stored.taskId)
      if (page.next === undefined) return
      after = page.next
    }
  }

  /** Whatever became of it since it was parked, it is delayed for that reason only while it is due when it then was to be. */
  async #isParked(queue: string, { data, until = 0 }: StoredTask, task: string): Promise<boolean> {
    const marked = this.#look(() => parkedUntil(this.#host.open(data, queue)))
    if (marked === undefined || Math.abs(marked - until) > SKEW) return false
    const name = await this.#nameOf(data, queue)
    return name !== undefined && isCalled(name, task)
  }

  /** `undefined`: it cannot be read here, which is for its worker to report. */
  async #nameOf(data: Payload, queue: string): Promise<string | undefined> {
    const wire = this.#look(() => peekTask(this.#host.open(data, queue)))
    if (wire) return `${wire.module}#${wire.callable}`
    try {
      const { func } = await this.#host.peek(data, queue)
      return func && nameOf(this.#host.context.refs, func)
    } catch {
      return undefined
    }
  }

  #look<T>(read: () => T): T | undefined {
    try {
      return read()
    } catch {
      return undefined
    }
  }
}

/** What a function is called in pauses. */
export function nameOf(refs: FunctionRefs, func: Parameters<FunctionRefs['find']>[0]): string {
  const { module, callable } = refs.find(func)
  return `${module}#${callable}`
}

function isCalled(name: string, wanted: string): boolean {
  return name === wanted || name.slice(name.lastIndexOf('#') + 1) === wanted
}

function isOver({ until = Infinity }: TaskPause, now: number): boolean {
  return until <= now
}

async function change(
  store: StateStore,
  queue: string,
  make: (pauses: readonly TaskPause[]) => readonly TaskPause[],
): Promise<void> {
  const key = keyOf(queue)
  for (;;) {
    const text = await store.get(key)
    const made = make(readPauses(text))
    if (made.length === 0 && text === undefined) return
    const isDone =
      made.length === 0
        ? await store.delete(key, text)
        : await store.put(key, JSON.stringify(made), { ifValue: text ?? null })
    if (isDone) return
  }
}

/** What cannot be read pauses nothing: it does not say what. */
function readPauses(text: string | undefined): readonly TaskPause[] {
  try {
    const pauses: unknown = JSON.parse(text ?? '[]')
    return Array.isArray(pauses) ? pauses.filter(isPause) : []
  } catch {
    return []
  }
}

function isPause(value: unknown): value is TaskPause {
  const { task, since, until = 0, reason = '' } = (value ?? {}) as Partial<Record<keyof TaskPause, unknown>>
  const isTimed = typeof since === 'number' && typeof until === 'number'
  return isTimed && typeof task === 'string' && typeof reason === 'string'
}

function keyOf(queue: string): string {
  return `paused-tasks:${queue}`
}
