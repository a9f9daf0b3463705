import {
  type DeadLetters,
  type Gator,
  type Schedule,
  cancelTask,
  messageOf,
  need,
  redactDsn,
  sleep,
  systemClock,
} from '@alligator/core'
import { shortId } from '../ids.js'
import { printable } from '../printable.js'
import { HELP, detailsOf } from './details.js'
import { type Row, Rows } from './rows.js'
import { Screen } from './screen.js'
import { Camera, type Snapshot } from './snapshot.js'
import { type Page, draw } from './view.js'

/** What waits for a y. */
interface Question {
  readonly text: string
  readonly action: () => Promise<string>
}

/**
 * `alligator top`: looks at the store every so often, draws what it sees, and does what keys say. One thing at a time
 * speaks with the store, a look or the action of a key; a store that is away is told of, and asked again.
 */
export class Session {
  readonly #gator: Gator
  readonly #camera: Camera
  readonly #rows = new Rows()
  readonly #screen: Screen
  /** Ends the pause before the next look. */
  #wake = new AbortController()
  readonly #end = new AbortController()
  #snapshot: Snapshot | undefined
  #message = ''
  #question: Question | undefined
  #action: (() => Promise<string>) | undefined
  /** What is shown in the place of the tables. */
  #page: Page | undefined
  /** Of what the page tells, if it is of a row: it is read anew at each look. */
  #row: Row | undefined

  constructor(gator: Gator, queues: readonly string[] | undefined) {
    this.#gator = gator
    this.#camera = new Camera(gator, queues)
    this.#screen = new Screen(
      (key) => this.#onKey(key),
      () => this.#draw(),
    )
  }

  /** Until `q`, or until the signal aborts. `every` is in seconds. */
  async run(every: number, signal: AbortSignal): Promise<void> {
    using _screen = this.#screen
    signal.addEventListener('abort', () => this.#quit())
    while (!this.#end.signal.aborted) {
      await this.#step()
      this.#draw()
      this.#wake = new AbortController()
      if (!this.#action)
        await sleep(systemClock, every, AbortSignal.any([this.#wake.signal, this.#end.signal]))
    }
  }

  async #step(): Promise<void> {
    const action = this.#action
    this.#action = undefined
    try {
      if (action) this.#message = await action()
      this.#snapshot = await this.#camera.look()
      this.#rows.update(this.#snapshot)
      await this.#renewPage(this.#snapshot)
    } catch (error) {
      this.#message = printable(messageOf(error))
    }
  }

  #draw(): void {
    if (!this.#snapshot) return this.#screen.draw([this.#message])
    const { backend } = this.#gator
    const view = {
      store: printable(redactDsn(backend.dsn)),
      canList: backend.listing !== undefined,
      snapshot: this.#snapshot,
      gator: this.#gator,
      rows: this.#rows,
      message: this.#question?.text ?? this.#message,
      asks: this.#question !== undefined,
      page: this.#page,
    }
    this.#screen.draw(draw(view, this.#screen.size))
  }

  #onKey(key: string): void {
    const question = this.#question
    this.#question = undefined
    this.#message = ''
    if (question) this.#answer(question, key)
    else this.#press(key)
    this.#draw()
  }

  #answer({ action }: Question, key: string): void {
    if (key === 'ctrl+c') this.#quit()
    else if (key.toLowerCase() === 'y') this.#do(action)
    else this.#message = 'Nothing was done.'
  }

  #press(key: string): void {
    const { selected } = this.#rows
    if (['q', 'ctrl+c'].includes(key)) this.#quit()
    else if (this.#page) this.#turn(this.#page, key)
    else if (key === '?') this.#page = { lines: HELP, from: 0 }
    else if (['return', 'enter'].includes(key)) this.#open(selected)
    else if (['up', 'k'].includes(key)) this.#rows.move(-1)
    else if (['down', 'j'].includes(key)) this.#rows.move(1)
    else if (key === 'tab') this.#rows.nextPart()
    else if (selected) this.#act(key, selected)
  }

  /** A page is scrolled, or left. */
  #turn({ lines, from }: Page, key: string): void {
    if (['up', 'k'].includes(key)) this.#page = { lines, from: Math.max(0, from - 1) }
    else if (['down', 'j'].includes(key)) this.#page = { lines, from: Math.min(lines.length, from + 1) }
    else if (['escape', 'return', 'enter', '?', 'left', 'backspace'].includes(key)) {
      this.#page = undefined
      this.#row = undefined
    }
  }

  #open(row: Row | undefined): void {
    if (!row) return
    this.#row = row
    this.#page = { lines: [], from: 0 }
    this.#wake.abort()
  }

  async #renewPage(snapshot: Snapshot): Promise<void> {
    const row = this.#row
    if (!row) return
    const lines = await detailsOf(this.#gator, row, snapshot)
    // Another key may have been pressed meanwhile.
    if (this.#row === row) this.#page = { lines, from: this.#page?.from ?? 0 }
  }

  #act(key: string, row: Row): void {
    if (row.part === 'schedules') return this.#actOn(row.schedule, key)
    const { backend } = this.#gator
    const queue = row.part === 'queues' ? row.queue.queue : row.task.queue
    const name = printable(queue)
    if (key === 'R')
      this.#ask(`Put all dead letters of queue ${name} back to work?`, async () => {
        return `Put back to work: ${await this.#deadLetters.kick(queue)} of queue ${name}.`
      })
    if (key === 'p') this.#askPause(queue)
    if (key === 'd')
      this.#ask(`Drop queue ${name}, with everything in it?`, async () => {
        await backend.dropAll(queue)
        return `Queue ${name} is empty.`
      })
    if (row.part === 'queues') return
    const { taskId } = row.task
    const id = shortId(taskId)
    if (key === 'r')
      this.#do(async () => {
        const kicked = await this.#deadLetters.kick(queue, [taskId])
        return kicked > 0 ? `${id} is back on its queue.` : `${id} is no dead letter.`
      })
    if (key === 'c')
      this.#ask(`Cancel ${id}?`, async () => {
        const canceled = await cancelTask(backend, queue, taskId, 'alligator top')
        return canceled ? `${id} is canceled.` : `${id} cannot be canceled: it runs, or has gone.`
      })
  }

  #actOn(schedule: Schedule, key: string): void {
    const { id, queue, isPaused } = schedule
    const name = `schedule ${printable(id)}`
    if (key === 'p')
      this.#ask(isPaused ? `Let ${name} go on?` : `Pause ${name}, until it is resumed?`, async () => {
        await (isPaused ? schedule.resume() : schedule.pause())
        return isPaused ? `The ${name} goes on.` : `The ${name} is paused.`
      })
    if (key === 'r')
      this.#ask(`Push the task of ${name} now?`, async () => {
        return `The ${name} has pushed task ${printable((await schedule.run()).taskId)}.`
      })
    if (key === 'd')
      this.#ask(`Remove ${name}?`, async () => {
        await this.#gator.unschedule(id, queue)
        return `The ${name} is removed.`
      })
  }

  /** Pauses a queue, or lets it go on. */
  #askPause(queue: string): void {
    const name = printable(queue)
    const isPaused = this.#snapshot?.queues.find((one) => one.queue === queue)?.paused !== undefined
    const pausing = () => need(this.#gator.backend, 'pausing', 'alligator top')
    if (isPaused)
      return this.#ask(`Let queue ${name} go on?`, async () => {
        await pausing().resume(queue)
        return `Queue ${name} goes on.`
      })
    this.#ask(`Pause queue ${name}, until it is resumed?`, async () => {
      await pausing().pause(queue)
      return `Queue ${name} is paused.`
    })
  }

  get #deadLetters(): DeadLetters {
    return need(this.#gator.backend, 'deadLetters', 'alligator top')
  }

  #ask(text: string, action: () => Promise<string>): void {
    this.#question = { text, action }
  }

  #do(action: () => Promise<string>): void {
    this.#action = action
    this.#wake.abort()
  }

  #quit(): void {
    this.#end.abort()
  }
}
