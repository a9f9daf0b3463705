import { once } from 'node:events'
import { appendFileSync, existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { currentTask } from '@alligator/core'

const log = fileURLToPath(new URL('ran.log', import.meta.url))

function note(text) {
  appendFileSync(log, `${text}, try ${currentTask().attempt}\n`)
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
