import { Worker as NodeWorker } from 'node:worker_threads'
import { type Delivery, type Task, type TaskSource, TaskTimeoutError, messageOf } from '@alligator/core'
import { ThreadEndedError } from '../failure.js'
import {
  type Answer,
  type FromThread,
  GRACE,
  type Outcome,
  type Question,
  type ThreadData,
  type ToThread,
  fromWire,
  toWire,
} from './messages.js'

/** In the place of a result that cannot be sent: it is refused where that is to be kept, for what it most often is, a function. */
const UNSENT = (): void => undefined

/**
 * A thread, as the worker sees it.
 *
 * It *starts* until the app's modules are loaded there, and then makes one try at a time. It *ends* by what the app does
 * (an error that nobody caught, `process.exit`, no memory left) or by us: when a function goes on for longer than its
 * timeout or its signal allow, and with the pool. A try that it was making then has failed.
 */
export class Thread {
  isAlive = true
  /** Settles when the app's modules are loaded there; rejects when they cannot be. */
  readonly started: Promise<void>
  readonly #worker: NodeWorker
  /** Whose try it makes. */
  #task: Task | undefined
  /** Ends the wait for the try; without an outcome, the thread has died. */
  #settle: (outcome?: Outcome) => void = () => undefined
  #isStarted = false
  #running: Promise<unknown> | undefined
  #cancelDeadline: () => void = () => undefined
  /** Why it ends, or has ended. */
  #cause: unknown

  /** `onExit` is called once it has ended. */
  constructor(data: ThreadData, onExit: () => void) {
    this.#worker = new NodeWorker(new URL('thread-main.js', import.meta.url), { workerData: data })
    this.started = new Promise((resolve, reject) => {
      this.#worker.on('message', (message: FromThread) => {
        if (message.type !== 'ready') return this.#onMessage(message)
        this.#isStarted = true
        resolve()
      })
      this.#worker.on('error', (error) => (this.#cause ??= error))
      this.#worker.on('exit', (code) => {
        onExit()
        this.#onExit(code)
        reject(this.#cause)
      })
    })
    // Who does not wait for it hears of it through the try that could not be made.
    this.started.catch(() => undefined)
  }

  /** Makes one try; see TaskRunner. */
  async run(task: Task, { data, queue }: Delivery): Promise<unknown> {
    const onAbort = () => this.#giveUp(task.signal.reason)
    task.signal.addEventListener('abort', onAbort)
    this.#task = task
    const running = new Promise<Outcome | undefined>((resolve) => (this.#settle = resolve))
    this.#running = running
    const args = task.outputs.length > 0 ? task.funcArgs : undefined
    this.#send({ type: 'run', data, queue, args })
    const outcome = await running
    this.#task = undefined
    this.#cancelDeadline()
    task.signal.removeEventListener('abort', onAbort)
    return outcome ? this.#conclude(task, outcome) : this.#fail(task)
  }

  /** Ends it as soon as the try that it makes has ended. */
  async close(): Promise<void> {
    await this.#running
    await this.end()
  }

  /** Ends it, whatever it does. */
  async end(cause?: unknown): Promise<void> {
    this.isAlive = false
    this.#cause ??= cause
    await this.#worker.terminate()
  }

  #send(message: ToThread): void {
    this.#worker.postMessage(message)
  }

  #onMessage(message: FromThread): void {
    if (message.type === 'done') this.#settle(message)
    else if (message.type === 'called') this.#setDeadline()
    else if (message.type === 'returned') this.#onReturn()
    else if (message.type === 'tell') this.#task?.source?.tell(message.told)
    else if (message.type === 'ask') void this.#answer(message.number, message.question)
    else if (message.type === 'broken') this.#onBreak(fromWire(message.error))
  }

  async #answer(number: number, question: Question): Promise<void> {
    this.#send({ type: 'answer', number, answer: await answerTo(question, this.#task?.source) })
  }

  /** Its own timer cannot fire while the function keeps the thread busy. */
  #setDeadline(): void {
    const task = this.#task
    if (task?.timeout === undefined || task.signal.aborted) return
    const error = new TaskTimeoutError(task.func?.name ?? 'The task', task.timeout)
    this.#cancelDeadline = task.context.clock.timer(task.timeout + GRACE, () => void this.end(error))
  }

  /** Whatever is to end it by then, once its signal has aborted, has a deadline of its own. */
  #onReturn(): void {
    if (!this.#task?.signal.aborted) this.#cancelDeadline()
  }

  #giveUp(reason: unknown): void {
    this.#send({ type: 'abort', reason: toWire(reason) })
    this.#cancelDeadline()
    const clock = this.#task?.context.clock
    if (clock) this.#cancelDeadline = clock.timer(GRACE, () => void this.end(reason))
  }

  #onBreak(cause: unknown): void {
    if (this.#isStarted && !this.#task)
      process.emitWarning(`A thread ended by what an earlier task has left behind: ${messageOf(cause)}`)
    void this.end(cause)
  }

  async #conclude(task: Task, { left, spent, result, isUnsent, error }: Outcome): Promise<unknown> {
    Object.assign(task, left)
    if (spent) await this.end()
    if (error) throw fromWire(error)
    task.result = result
    return isUnsent ? UNSENT : result
  }

  async #fail(task: Task): Promise<never> {
    if (!task.signal.aborted) await task.fail(this.#cause)
    throw this.#cause
  }

  #onExit(code: number): void {
    this.isAlive = false
    this.#cause ??= new ThreadEndedError(code)
    this.#settle()
  }
}

/** The worker alone holds the task, and may write what stands beside it. */
async function answerTo(question: Question, source: TaskSource | undefined): Promise<Answer> {
  try {
    if (question.type === 'recall') return { kept: await source?.recall(question.step) }
    await source?.keep(question.step, question.value)
    return {}
  } catch (error) {
    return { error: toWire(error) }
  }
}
