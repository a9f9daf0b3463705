import { type Duration, Gator, GiveUp, RetryIn, Snooze, type Task, currentTask } from '../src/index.js'

/** What the functions below were called with, and what the hooks saw. */
export const calls: string[] = []

/** Lets a test hold a function until it is told to go on. */
export const gates = new Map<string, { started: () => void; go: Promise<void> }>()

export function add(a: number, b: number): number {
  calls.push(`add ${a} ${b}`)
  return a + b
}

export function failFirst(name: string): string {
  const attempt = currentTask()?.attempt ?? 0
  calls.push(`failFirst ${name}`)
  if (attempt === 1) throw new Error(`${name} fails at first`)
  return `${name} on try ${attempt}`
}

export function alwaysFail(message: string): never {
  calls.push(`alwaysFail ${message}`)
  throw new Error(message)
}

/** Waits at the gate of this name, if there is one. */
export async function waitAtGate(name: string): Promise<string> {
  const gate = gates.get(name)
  gate?.started()
  await gate?.go
  calls.push(`waitAtGate ${name}`)
  return name
}

/** Computes for so many milliseconds. */
export function compute(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

/** Computes for so many milliseconds, and enqueues another task before anything else has a turn. */
export async function computeAndEnqueue(milliseconds: number, dsn: string): Promise<void> {
  calls.push('compute and enqueue')
  await using gator = new Gator(dsn)
  compute(milliseconds)
  await gator.task(add, 1, 2)
}

/** Ends only when its signal aborts. */
export async function untilAborted(): Promise<void> {
  const signal = currentTask()?.signal
  calls.push('untilAborted starts')
  await new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => {
      calls.push(`aborted: ${(signal.reason as { code: string }).code}`)
      reject(signal.reason as Error)
    })
  })
}

/** Ends after the test, whatever its signal says. */
export async function ignoreSignal(name: string): Promise<void> {
  await waitAtGate(name)
}

/** Waits at the gate "start". */
export async function waitAtStart(): Promise<void> {
  await waitAtGate('start')
}

export function logStart(task: Task): void {
  calls.push(`start ${task.func?.name} try ${task.attempt}`)
}

export function logSuccess(_task: Task, result: unknown): void {
  calls.push(`success ${String(result)}`)
}

export function logError(_task: Task, error: unknown): void {
  calls.push(`error ${(error as Error).message}`)
}

export function grantOneMore(task: Task): void {
  if (task.attempt < 3) task.retries += 1
}

export function failInHook(): never {
  throw new Error('the hook fails')
}

/** Asks for its next try after this pause, each time. */
export function retryIn(pause: Duration): never {
  calls.push('retryIn')
  throw new RetryIn(pause)
}

/** Asks for so many pauses, then ends. */
export function snooze(pause: Duration, times: number): string {
  const before = calls.filter((call) => call === 'snooze').length
  calls.push('snooze')
  if (before < times) throw new Snooze(pause)
  return 'awake'
}

export function giveUp(why: string): never {
  calls.push('giveUp')
  throw new GiveUp(why)
}

export function noteError(_task: Task, error: unknown): void {
  calls.push(`error ${(error as { code: string }).code}`)
}

export function giveUpInHook(): never {
  throw new GiveUp('decided in onError')
}

export function snoozeOnStart(): never {
  calls.push('onStart')
  throw new Snooze('1h')
}

/** How to take down the worker of each gator, by its context. */
export const deaths = new Map<unknown, () => void>()

/** Takes its worker down, and never ends. */
export async function killer(): Promise<void> {
  deaths.get(currentTask()?.context)?.()
  await new Promise(() => undefined)
}

/** How often each step was made, by its name. */
export const steps: string[] = []

/** Makes two steps, and fails after the first one in its first try. */
export async function orderInSteps(id: string): Promise<string> {
  const task = currentTask() as Task
  const charge = await task.step('charge', () => {
    steps.push(`charge ${id}`)
    return { id: `charge of ${id}`, note: undefined as string | undefined }
  })
  if (task.attempt === 1) throw new Error('it fails between its steps')
  await task.step('nothing', () => void steps.push(`nothing ${id}`))
  return task.step('send', async () => {
    steps.push(`send ${id}`)
    return `${charge.id} is sent`
  })
}

/** Snoozes within its second step, the first time. */
export async function snoozeInStep(): Promise<string> {
  const task = currentTask() as Task
  const first = await task.step('first', () => {
    steps.push('first')
    return 1
  })
  const isNew = !steps.includes('snoozed')
  return task.step('second', () => {
    if (isNew) {
      steps.push('snoozed')
      throw new Snooze(60)
    }
    return `second after ${first}`
  })
}

/** Fails in its first try, after it has worked off what it was given. */
export function joinOnce(parts: string[], sum: number, word: string): string {
  const attempt = currentTask()?.attempt ?? 0
  const text = `${parts.splice(0).join('+')}=${sum}${word}`
  calls.push(`joinOnce ${text}`)
  if (attempt === 1) throw new Error('it fails at first')
  return text
}

/** Gives the words of a text. */
export function split(text: string): string[] {
  return text.split(' ')
}

/** Tells what it does, waits at a gate, and tells more. */
export async function tellAtGate(name: string): Promise<void> {
  const task = currentTask()
  task?.progress(0.25, `a quarter of ${name}`)
  task?.log('it has begun')
  await waitAtGate(name)
  task?.progress(0.75)
  task?.log('it is about to fail')
  throw new Error(`${name} fails`)
}

/** Gives whatever it is asked for: what JSON would change, or what is too large. */
export function giveBack(what: 'date' | 'much' | 'nothing' | 'text'): unknown {
  if (what === 'date') return { at: new Date(0) }
  if (what === 'much') return 'x'.repeat(70_000)
  return what === 'nothing' ? undefined : what
}
