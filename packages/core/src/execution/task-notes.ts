import type { Delivery } from '../backend/contract.js'
import { need } from '../backend/need.js'
import { show } from '../errors/base.js'
import { ResultNotStorableError } from '../errors/index.js'
import { placeOf } from '../errors/sealed-places.js'
import type { Told } from '../task/task-source.js'
import { type LogLine, type Note, NO_NOTE, decodeNote, encodeNote } from '../wire/kept.js'
import type { Engine } from './engine.js'
import type { LeaseKeeper } from './lease-keeper.js'

/** Lines of a log that are kept, the last ones, and their bytes. */
const MOST_LINES = 100
const MOST_LOG = 8192
/** Bytes of all that stands beside a task. */
const MOST_NOTE = 512 * 1024

/** What was reported and is not written yet. */
type Untold = Omit<Note, 'steps'>

const NOTHING: Untold = { log: [] }

/**
 * What a task reports while it runs, and the results of its steps: its note in the store. Only who holds the task writes it, so that it is read
 * once, when there is something to add, and then written as a whole.
 *
 * Steps are written at once; what is reported goes with the next renewal of the lease, or before the task goes back or dies. Each write begins when
 * the one before has ended, so that it has all that the earlier had.
 */
export class TaskNotes {
  readonly #delivery: Delivery
  readonly #engine: Engine
  readonly #keeper: LeaseKeeper
  readonly #steps = new Map<string, unknown>()
  #untold: Untold = NOTHING
  #note: Promise<Note> | undefined
  #writing: Promise<unknown> = Promise.resolve()

  constructor(delivery: Delivery, engine: Engine, keeper: LeaseKeeper) {
    this.#delivery = delivery
    this.#engine = engine
    this.#keeper = keeper
  }

  async recall(step: string): Promise<{ readonly value: unknown } | undefined> {
    const { steps } = await this.#read()
    return steps.has(step) ? { value: steps.get(step) } : undefined
  }

  /** Keeps what a step has given; `false`: the task is not held any more. */
  async keep(step: string, value: unknown): Promise<boolean> {
    checkBytes(`step ${show(step)}`, JSON.stringify(value) ?? '', this.#engine.maxResult, 'maxResult')
    this.#steps.set(step, value)
    return this.#write()
  }

  /** Takes note of it. Where the store keeps no notes, nobody else sees it. */
  tell(told: Told): void {
    if (!this.#engine.backend.notes) return
    const { log, ...progress } = this.#untold
    this.#untold =
      'line' in told
        ? { ...progress, log: shortened([...log, { at: this.#engine.clock.now(), line: told.line }]) }
        : { ...told, log }
    this.#goAlong()
  }

  /** Writes what was reported and is not written yet, if there is anything. */
  flush(): Promise<unknown> | undefined {
    return this.#untold === NOTHING ? undefined : this.#write()
  }

  /** Takes it away once its task is off the queue, where it does not go with that. It ends by itself if this fails. */
  async forget(): Promise<void> {
    const { notes } = this.#engine.backend
    if (!notes?.forget || !this.#note) return
    await this.#writing
    try {
      if ((await this.#note) !== NO_NOTE) await notes.forget(...this.#place)
    } catch {
      // What could not be read, or not be taken away, is left.
    }
  }

  /** With the next renewal; and if that fails, with the one after it. */
  #goAlong(): void {
    this.#keeper.note(this.#delivery, () => void this.flush()?.catch(() => this.#goAlong()))
  }

  #write(): Promise<boolean> {
    const written = this.#writing.then(() => this.#save())
    this.#writing = written.catch(() => undefined)
    return written
  }

  async #save(): Promise<boolean> {
    const before = await this.#read()
    const untold = this.#untold
    const steps = new Map([...before.steps, ...this.#steps])
    const note = { ...before, ...untold, log: shortened([...before.log, ...untold.log]), steps }
    const text = encodeNote(note)
    checkBytes('all steps of the task together', text, MOST_NOTE)
    const sealed = this.#engine.seal(text, placeOf('note', ...this.#place))
    this.#untold = NOTHING
    try {
      const isHeld = await need(this.#engine.backend, 'notes', 'step').save(this.#delivery, sealed)
      if (isHeld) this.#note = Promise.resolve(note)
      return isHeld
    } catch (error) {
      const { log, ...since } = this.#untold
      this.#untold = { ...untold, ...since, log: shortened([...untold.log, ...log]) }
      throw error
    }
  }

  /** What is there already. A read that failed is repeated for the next caller. */
  #read(): Promise<Note> {
    this.#note ??= this.#ask().catch((error: unknown) => {
      this.#note = undefined
      throw error
    })
    return this.#note
  }

  async #ask(): Promise<Note> {
    const note = await need(this.#engine.backend, 'notes', 'step').get(...this.#place)
    return note === undefined ? NO_NOTE : decodeNote(this.#engine.open(note, placeOf('note', ...this.#place)))
  }

  get #place(): readonly [queue: string, taskId: string] {
    const { queue, taskId, firstId = taskId } = this.#delivery
    return [queue, firstId]
  }
}

/** The last lines of a log, as many as are kept. */
function shortened(log: readonly LogLine[]): readonly LogLine[] {
  let bytes = 0
  let first = log.length
  while (first > 0 && log.length - first < MOST_LINES) {
    bytes += Buffer.byteLength(log[first - 1]?.line ?? '')
    if (bytes > MOST_LOG) break
    first -= 1
  }
  return first === 0 ? log : log.slice(first)
}

/** @throws ResultNotStorableError */
function checkBytes(what: string, text: string, most: number, option?: string): void {
  const size = Buffer.byteLength(text)
  if (size <= most) return
  const wayOut = option === undefined ? '' : `, or raise \`${option}\``
  throw new ResultNotStorableError(
    what,
    `it has ${size} bytes, and ${most} are kept. Return an id in place of the data${wayOut}`,
  )
}
