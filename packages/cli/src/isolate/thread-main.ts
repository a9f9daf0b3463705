import { parentPort, workerData } from 'node:worker_threads'
import {
  type Gator,
  NotSupportedError,
  type Task,
  type TaskSource,
  currentTask,
  messageOf,
  sleep,
  systemClock,
} from '@alligator/core'
import { UsageError } from '../failure.js'
import { openReader } from '../open-gator.js'
import {
  type Answer,
  type FromThread,
  type Outcome,
  type Question,
  type RunMessage,
  GRACE,
  type ThreadData,
  type ToThread,
  fromWire,
  toWire,
} from './messages.js'
import { loadsTypeScript } from '../typescript.js'

// A thread of `--isolate`: it makes one try at a time, as it is told.

/** The task that is tried, once it could be read. */
let current: Task | undefined
/** Whether what an earlier one has left behind goes on, or failed and nobody caught it. */
let spent = false
/** Whether the thread is lost, and with it the try. */
let broken = false

/** What a delivery is settled with stays outside of the thread. */
const NOT_HERE: TaskSource = {
  // At once: a transaction that ends with the call must not commit.
  completeIn() {
    throw new NotSupportedError('A thread', 'completeIn', 'transactions', ['a worker without --isolate'])
  },
  recall: async (step) => (await ask({ type: 'recall', step })).kept,
  keep: async (step, value) => {
    await ask({ type: 'keep', step, value })
  },
  tell: (told) => send({ type: 'tell', told }),
}

function send(message: FromThread): void {
  parentPort?.postMessage(message)
}

/** Who waits for an answer from the worker, by the number of what was asked. */
const asked = new Map<number, (answer: Answer) => void>()
let asks = 0

/** Asks the worker, which holds the task. */
async function ask(question: Question): Promise<Answer> {
  asks += 1
  const number = asks
  const answer = await new Promise<Answer>((resolve) => {
    asked.set(number, resolve)
    send({ type: 'ask', number, question })
  })
  if (answer.error) throw fromWire(answer.error)
  return answer
}

function onAnswer(number: number, answer: Answer): void {
  asked.get(number)?.(answer)
  asked.delete(number)
}

async function makeTry(gator: Gator, { data, queue, args }: RunMessage): Promise<Outcome> {
  try {
    // A Buffer comes out of a message as a bare Uint8Array.
    current = await gator.read(typeof data === 'string' ? data : Buffer.from(data), queue)
    current.source = NOT_HERE
    if (args) current.funcArgs = args
    const result = await current.run()
    // A promise that it has left behind, and that fails at once, is still its own affair.
    await new Promise((resolve) => setImmediate(resolve))
    return { left: leftOn(current), spent, result }
  } catch (error) {
    // Its next try must not meet a function that goes on after its timeout.
    if (current?.leftover) spent ||= !(await endsSoon(current.leftover))
    return { left: leftOn(current), spent, error: toWire(error) }
  } finally {
    current = undefined
  }
}

async function endsSoon(leftover: Promise<void>): Promise<boolean> {
  const over = new AbortController()
  const late = sleep(systemClock, GRACE, over.signal).then(() => false)
  const isEnded = await Promise.race([leftover.then(() => true), late])
  over.abort()
  return isEnded
}

function leftOn(task: Task | undefined): Outcome['left'] {
  return task && { status: task.status, retries: task.retries }
}

/** Tells when the function is called and when it has ended: a timeout counts neither hooks nor the app's own middleware. */
async function tellCall<R>(task: Task<R>, next: () => Promise<R>): Promise<R> {
  if (task.timeout === undefined) return next()
  send({ type: 'called' })
  try {
    return await next()
  } finally {
    send({ type: 'returned' })
  }
}

async function onRun(gator: Gator, message: RunMessage): Promise<void> {
  const outcome = await makeTry(gator, message)
  if (broken) return
  try {
    send({ type: 'done', ...outcome })
  } catch (error) {
    const { result: _result, ...rest } = outcome
    send({ type: 'done', ...rest, isUnsent: true })
    process.emitWarning(
      `The result of a task stays in its thread, since it cannot be sent: ${messageOf(error)}`,
    )
  }
}

function breakDown(error: unknown): void {
  broken = true
  send({ type: 'broken', error: toWire(error) })
}

/** The try is not to blame for what an earlier one has left behind. */
function onEscape(error: unknown): void {
  const culprit = currentTask()
  if (!current || !culprit || culprit === current) return breakDown(error)
  spent = true
  process.emitWarning(
    `Nobody caught an error from ${culprit.func?.name} ${culprit.taskId}: ${messageOf(error)}`,
  )
}

async function open(): Promise<Gator> {
  const { target, options, typescript } = workerData as ThreadData
  let failure: unknown
  const gator = await openReader(target, options).catch((error: unknown) => void (failure = error))
  if (typescript && !(await loadsTypeScript())) throw new UsageError(NO_TYPESCRIPT)
  if (!gator) throw failure
  // After the app's own, so that it is the innermost.
  return gator.use({ run: tellCall })
}

const NO_TYPESCRIPT =
  `What loads TypeScript here does not work in threads of Node.js ${process.version} (tsx does from 22.22.3 and ` +
  '24.11.1 on). Give --isolate the JavaScript that the app is built to, or update Node.js.'

process.on('uncaughtException', onEscape)
try {
  const gator = await open()
  parentPort?.on('message', (message: ToThread) => {
    if (message.type === 'abort') current?.discard(fromWire(message.reason))
    else if (message.type === 'answer') onAnswer(message.number, message.answer)
    else void onRun(gator, message)
  })
  send({ type: 'ready' })
} catch (error) {
  breakDown(error)
}
