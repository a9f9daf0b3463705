// What the check of a task's arguments costs beside its serialization: `node benchmarks/dist/esm/arguments.js`.
import { Task, registerTasks } from '@alligator/core'
import { median } from './statistics.js'

const ROUNDS = 25
const CALLS = 40_000

const ARGUMENTS: Readonly<Record<string, readonly unknown[]>> = {
  'two ids': [12, 345],
  'an address and a text': ['ada@example.com', 'Hello, Ada'],
  'an object': [{ to: 'ada@example.com', subject: 'Hello', id: 5, urgent: false }],
  'nested data': [7, { user: { id: 5, tags: ['a', 'b'] }, items: [{ sku: 'x' }, { sku: 'y' }] }],
}

export function job(..._args: unknown[]): void {}

function nanoseconds(call: () => unknown): number {
  const start = process.hrtime.bigint()
  for (let count = 0; count < CALLS; count += 1) call()
  return Number(process.hrtime.bigint() - start) / CALLS
}

function measure(args: readonly unknown[]): { check: number; serialization: number } {
  // A task that runs at once is called in the same way, but for the check.
  const queued = new Task()
  const inline = new Task({ isAsync: false })
  const checks: number[] = []
  const serializations: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const unchecked = nanoseconds(() => inline.toCall(job, ...args))
    checks.push(nanoseconds(() => queued.toCall(job, ...args)) - unchecked)
    serializations.push(nanoseconds(() => queued.serialize()))
  }
  return { check: median(checks), serialization: median(serializations) }
}

registerTasks('arguments', { job })
// All of them once first, so that what is measured has been compiled for every shape.
for (const args of Object.values(ARGUMENTS)) measure(args)
for (const [name, args] of Object.entries(ARGUMENTS)) {
  const { check, serialization } = measure(args)
  const share = ((100 * check) / serialization).toFixed(1)
  console.log(
    `${name}: check ${check.toFixed(0)} ns, serialization ${serialization.toFixed(0)} ns, ${share} %`,
  )
}
