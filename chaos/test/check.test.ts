import { type Evidence, type Verdict, check, violations } from '../src/check.js'
import type { Enqueueing, Run, Strike } from '../src/history.js'

function enqueued(id: string, at: number, more: Partial<Enqueueing> = {}): Enqueueing {
  return { id, pid: 9, kind: 'quick', delay: 0, begin: at, resolved: at + 0.01, refused: undefined, ...more }
}

function run(id: string, begin: number, more: Partial<Run> = {}): Run {
  return { id, pid: 1, attempt: 1, begin, end: begin + 0.1, done: true, ...more }
}

const strike = (begin: number, more: Partial<Strike> = {}): Strike => ({
  begin,
  end: begin,
  pids: undefined,
  jump: false,
  ...more,
})

function verdictOn({
  enqueueings,
  ...more
}: { enqueueings: readonly Enqueueing[] } & Partial<Omit<Evidence, 'enqueueings'>>): Verdict {
  return check({
    enqueueings: new Map(enqueueings.map((one) => [one.id, one])),
    runs: [],
    standstills: [],
    strikes: [],
    settled: Infinity,
    dead: new Map(),
    doublesEnqueueings: false,
    lease: 3,
    ticksJump: false,
    resultsJump: false,
    steps: [],
    answers: new Map(),
    poisons: new Set(),
    ...more,
  })
}

it('finds nothing wrong where nothing is', () => {
  const verdict = verdictOn({
    enqueueings: [enqueued('a', 1), enqueued('b', 1, { kind: 'doomed' }), enqueued('c', 1, { delay: 2 })],
    runs: [run('a', 1.1), run('b', 1.1, { done: false }), run('c', 3.1)],
    dead: new Map([['b', 'ERROR']]),
  })
  expect(violations(verdict, 0)).toEqual([])
  expect(verdict).toMatchObject({ tasks: 3, dead: 1 })
})

it('calls a task lost that was enqueued and has neither ended nor become a dead letter', () => {
  const cutOff = run('b', 2, { end: undefined, done: false })
  const verdict = verdictOn({ enqueueings: [enqueued('a', 1), enqueued('b', 1)], runs: [cutOff] })
  expect(verdict.lost).toEqual(['a', 'b'])
})

it('does not ask for a task whose enqueueing was in doubt, nor wonder when it runs', () => {
  const inDoubt = { resolved: undefined, refused: 2 }
  const verdict = verdictOn({
    enqueueings: [enqueued('a', 1, inDoubt), enqueued('b', 1, inDoubt)],
    runs: [run('a', 2)],
  })
  expect(violations(verdict, 0)).toEqual([])
})

it('allows only those to run twice that were running when a fault struck their process', () => {
  const verdict = verdictOn({
    enqueueings: [enqueued('a', 1), enqueued('b', 1), enqueued('c', 1)],
    runs: [
      ...[run('a', 5, { end: 6 }), run('a', 9, { pid: 3 })],
      ...[run('b', 2, { end: 3 }), run('b', 9, { pid: 3 })],
      ...[run('c', 5, { end: 6, pid: 2 }), run('c', 9, { pid: 3 })],
    ],
    strikes: [strike(5.5, { pids: [1] })],
  })
  expect(verdict).toMatchObject({ twice: ['a', 'b', 'c'], struck: 1, unexplained: ['b', 'c'] })
})

it('finds what ran twice before a lease can have lapsed, on stores where only that may', () => {
  const enqueueings = [enqueued('a', 1)]
  const runs = [run('a', 5), run('a', 6)]
  const cut = [strike(5)]
  expect(verdictOn({ enqueueings, runs, strikes: cut })).toMatchObject({ unexplained: [], tooSoon: ['a'] })
  expect(verdictOn({ enqueueings, runs, strikes: cut, doublesEnqueueings: true }).tooSoon).toEqual([])
  const later = [run('a', 5), run('a', 8)]
  expect(verdictOn({ enqueueings, runs: later, strikes: cut }).tooSoon).toEqual([])
  for (const long of [strike(3, { end: 4.5 }), strike(5, { jump: true })])
    expect(verdictOn({ enqueueings, runs, strikes: [long] }).tooSoon).toEqual([])
})

it('excuses nothing by what leases hold through', () => {
  const enqueueings = [enqueued('a', 1)]
  const runs = [run('a', 5, { end: 17 }), run('a', 9, { pid: 3 })]
  const strikes = [strike(5, { end: 17, pids: [1] })]
  expect(verdictOn({ enqueueings, runs, strikes })).toMatchObject({ unexplained: [], tooSoon: [] })
  const held = strikes.map((one) => ({ ...one, keepsLeases: true }))
  const verdict = verdictOn({ enqueueings, runs, strikes: held })
  expect(verdict).toMatchObject({ struck: 0, unexplained: ['a'] })
})

it('takes a standstill of one process for one of the machine, unless it was told to stand still', () => {
  const enqueueings = [enqueued('a', 1)]
  const runs = [run('a', 5, { end: 6 }), run('a', 9, { pid: 3 })]
  const standstills = [strike(5, { end: 8, pids: [2] })]
  expect(verdictOn({ enqueueings, runs, standstills }).unexplained).toEqual([])
  const strikes = [strike(5, { end: 8, pids: [2] })]
  expect(verdictOn({ enqueueings, runs, standstills, strikes }).unexplained).toEqual(['a'])
})

it('finds what started before its delay was over, unless a clock jumped meanwhile', () => {
  const enqueueings = [enqueued('a', 1, { delay: 2 })]
  const runs = [run('a', 2.9)]
  expect(verdictOn({ enqueueings, runs }).early).toEqual(['a'])
  expect(verdictOn({ enqueueings, runs, strikes: [strike(2)] }).early).toEqual(['a'])
  expect(verdictOn({ enqueueings, runs, strikes: [strike(2, { jump: true })] }).early).toEqual([])
})

it('finds what nobody enqueued, and dead letters that were not to fail', () => {
  const verdict = verdictOn({
    enqueueings: [enqueued('b', 1), enqueued('c', 1)],
    runs: [run('a', 2)],
    dead: new Map([
      ['b', 'ERROR'],
      ['c', 'TOO_MANY_DELIVERIES'],
    ]),
  })
  expect(verdict).toMatchObject({ unexpected: ['a'], wronglyDead: ['b'], lost: [] })
})

it('counts those that overtook a task, and leaves what was struck or delayed out of it', () => {
  const enqueueings = ['a', 'b', 'c', 'd'].map((id, at) => enqueued(id, at + 1))
  const runs = [run('a', 8), run('b', 5.5), run('c', 6), run('d', 7)]
  expect(verdictOn({ enqueueings, runs }).overtaken).toBe(3)
  expect(verdictOn({ enqueueings, runs, strikes: [strike(8)] }).overtaken).toBe(0)
  const delayed = enqueueings.map((one) => (one.id === 'a' ? { ...one, delay: 1 } : one))
  expect(verdictOn({ enqueueings: delayed, runs }).overtaken).toBe(0)
})

it('measures until all was done that was due when the fault was over', () => {
  const verdict = verdictOn({
    enqueueings: [enqueued('a', 1), enqueued('b', 1, { delay: 3 }), enqueued('c', 9)],
    runs: [run('a', 2, { end: undefined, done: false }), run('a', 6), run('b', 8), run('c', 20)],
    strikes: [strike(2), strike(3)],
  })
  expect(verdict.recovery).toBeCloseTo(4.1)
})

it('of tasks that kill their workers, only these may have been handed out too often, and each must', () => {
  const poisons = new Set(['poison-1', 'poison-2'])
  const dead = new Map([
    ['poison-1', 'TOO_MANY_DELIVERIES'],
    ['beside', 'TOO_MANY_DELIVERIES'],
  ])
  const verdict = verdictOn({ enqueueings: [enqueued('beside', 1)], poisons, dead })
  expect(verdict).toMatchObject({ lost: ['poison-2'], wronglyDead: ['beside'] })
})

it('calls a tick missing between two others, unless the clock of the schedules jumped', () => {
  const runs = [1, 2, 5].map((second) => run(`schedule:a@1970-01-01T00:00:0${second}Z`, second))
  const verdict = verdictOn({ enqueueings: [], runs })
  expect(verdict).toMatchObject({ ticks: 3, missing: ['schedule:a@3', 'schedule:a@4'], unexpected: [] })
  expect(violations(verdict, 0)).toHaveLength(1)
  expect(verdictOn({ enqueueings: [], runs, ticksJump: true }).missing).toEqual([])
})

it('calls a tick double that ran twice though no fault struck it', () => {
  const id = 'schedule:a@1970-01-01T00:00:01Z'
  const runs = [run(id, 1), run(id, 10)]
  expect(verdictOn({ enqueueings: [], runs }).double).toEqual([id])
  expect(verdictOn({ enqueueings: [], runs, strikes: [strike(1)] }).double).toEqual([])
})

it('finds steps that are made again after they were kept, and no others', () => {
  const step = (id: string, at: number, isKept = false) => ({ id, step: 'one', isKept, at })
  const steps = [
    step('a', 1),
    step('a', 2, true),
    step('a', 3),
    step('b', 1),
    step('b', 2),
    step('b', 3, true),
  ]
  const verdict = verdictOn({ enqueueings: [], steps })
  expect(verdict.repeated).toEqual(['a (one)'])
  expect(violations(verdict, 0)).toEqual(['1 tasks made steps again that had been kept: a (one)'])
})

it('finds those who waited in vain', () => {
  const answers = new Map([
    ['a', ''],
    ['b', 'RESULT_TIMEOUT'],
    ['c', 'TASK_FAILED'],
    ['d', 'RESULT_GONE'],
  ])
  const dead = new Map([['c', 'TOO_MANY_DELIVERIES']])
  const verdict = verdictOn({ enqueueings: [], answers, dead })
  expect(verdict.unanswered).toEqual(['b (RESULT_TIMEOUT)', 'd (RESULT_GONE)'])
  expect(verdictOn({ enqueueings: [], answers, dead, resultsJump: true }).unanswered).toHaveLength(1)
})

it('counts two of a key that were there at once, whatever struck, and duplicates that have run', () => {
  const keyed = (id: string, at: number, more: Partial<Enqueueing> = {}) =>
    enqueued(id, at, { key: 'k', ...more })
  const killed = run('a', 1.1, { end: undefined, done: false })
  const fine = verdictOn({
    enqueueings: [keyed('a', 1), keyed('b', 4), keyed('none', 2, { resolved: undefined, isDuplicate: true })],
    runs: [killed, run('a', 3), run('b', 5), run('a', 5.05)],
    strikes: [strike(1.1)],
  })
  expect(fine).toMatchObject({ keyed: 2, together: [], duplicates: [] })
  const wrong = verdictOn({
    enqueueings: [keyed('a', 1), keyed('b', 2), keyed('c', 5, { resolved: undefined, isDuplicate: true })],
    runs: [killed, run('a', 3), run('b', 4), run('c', 6)],
    strikes: [strike(1.1)],
  })
  expect(wrong).toMatchObject({ together: ['b'], duplicates: ['c'] })
  expect(violations(wrong, 0).join()).toMatch(/beside another one with their key.*ran though another one/)
})

it('excuses a tick that ran twice where its push may have been repeated, and no other', () => {
  const id = 'schedule:tick-a@2026-01-01T00:00:00Z'
  const twice = { enqueueings: [], runs: [run(id, 5), run(id, 35)] }
  const strikes = [strike(6.8, { pids: [7] })]
  expect(verdictOn({ ...twice, strikes }).double).toEqual([id])
  expect(verdictOn({ ...twice, strikes, doublesEnqueueings: true }).double).toEqual([])
  expect(verdictOn({ ...twice, strikes: [strike(20)], doublesEnqueueings: true }).double).toEqual([id])
})
