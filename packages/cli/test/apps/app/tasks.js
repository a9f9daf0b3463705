import { once } from 'node:events'
import { appendFileSync, existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { threadId } from 'node:worker_threads'
import { currentTask } from '@alligator/core'

const log = fileURLToPath(new URL('ran.log', import.meta.url))

function note(text, { attempt } = currentTask()) {
  appendFileSync(log, `${text}, try ${attempt}\n`)
}

export function quick(name) {
  note(name)
}

/** Ends when the test says so. */
export async function gated(name) {
  console.log(`${name} is at the gate`)
  await once(process.stdin, 'data')
  process.stdin.pause()
  note(name)
}

/** Neither ends nor heeds its signal, the first time that it runs. */
export async function stubborn(name) {
  const isFirst = !existsSync(log)
  note(name)
  console.log(`${name} has noted itself`)
  if (isFirst) await new Promise(() => setInterval(() => undefined, 1000))
}

let present = 0
let meet = () => undefined
const met = new Promise((resolve) => (meet = resolve))

/** Ends when so many of it run at once. */
export async function meeting(size) {
  present += 1
  if (present === size) meet()
  await met
  note('met')
}

export function stray() {
  void Promise.reject(new Error('nobody waits for this'))
}

export function leaveTimer() {
  setInterval(() => undefined, 1000)
}

export function fail() {
  throw new Error('it never works')
}

/** Takes its process with it, the first time that it runs. */
export function die(name) {
  const isFirst = !existsSync(log)
  note(name)
  if (isFirst) process.kill(process.pid, 'SIGKILL')
}

const hoard = []

/** Keeps so many megabytes. */
export function hog(megabytes) {
  hoard.push(Buffer.alloc(megabytes * 2 ** 20, 1))
  note('hog')
}

/** Lets nothing else have a turn in its thread, as a function that computes does, but leaves the core to other tests. */
function block(milliseconds) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
}

/** Keeps its thread for so many milliseconds. */
export function compute(name, milliseconds) {
  console.log(`${name} computes`)
  block(milliseconds)
  note(name)
  return { thread: threadId, name }
}

/** Never ends, and lets nothing else have a turn. */
export function spin(name) {
  note(name)
  console.log(`${name} spins`)
  for (;;) block(100)
}

/** Ends when its signal aborts. */
export async function heedful(name) {
  const { signal } = currentTask()
  console.log(`${name} waits`)
  await once(signal, 'abort')
  note(`${name}, ${signal.reason.code}`)
}

export function leave() {
  process.exit(3)
}

/** Grants one more try, and notes how. */
export function oneMore(task, error) {
  if (task.attempt === 1) task.retries += 1
  note(`${error.name} ${error.code}: ${error.message}`, task)
}

export class Refused extends Error {
  name = 'Refused'
  code = 'REFUSED'
}

export function refuse() {
  throw new Refused('not today')
}

export function uncloneable() {
  return () => undefined
}

/** Puts a task on the queue from within a task. */
export async function enqueueMore(name) {
  const { Gator } = await import('@alligator/core')
  const gator = new Gator(process.env.STORE)
  await gator.task(quick, name)
  await gator.close()
}

/** Written for a script, and now a task. */
export async function leaves(code) {
  await new Promise((resolve) => setImmediate(resolve))
  process.exit(code)
}

/** Tells how far it is, makes a step, and then fails, the first time. */
export async function inSteps(name) {
  const task = currentTask()
  task.progress(0.5, `half of ${name}`)
  task.log(`${name} begins`)
  const made = await task.step('make', () => {
    note(`made ${name}`)
    return { name, thread: threadId > 0 }
  })
  if (task.attempt === 1) throw new Error('it fails after its step')
  return made
}
