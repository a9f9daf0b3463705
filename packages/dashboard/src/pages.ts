import type { ListedBatch, RunningTask, Schedule } from '@alligator/core'
import {
  type BatchView,
  type TaskView,
  deathsOf,
  readBatch,
  readTask,
  searchTasks,
  whyItWaits,
} from '@alligator/core/inspect'
import { timeOfId } from '@alligator/core/backend'
import type { Settings } from './options.js'
import { Params } from './params.js'
import { Problem } from './responses.js'
import { redacted, shown, shownInList, shownName } from './shown.js'
import { aMoment } from './shared-reads.js'
import { type Store, sumOf } from './store.js'
import type {
  BatchLine,
  BatchPageView,
  BatchesPageView,
  DeadPageView,
  OverviewView,
  QueuePageView,
  QueueView,
  RunningView,
  ScheduleView,
  SchedulesPageView,
  TaskFacts,
  TaskLine,
  TaskPageView,
  WorkersPageView,
} from './views.js'

// What each page shows. All of it is bounded: in what is asked of the store, in time, and in what is sent.

/** Queues, tasks, workers and schedules of one page. */
const PER_PAGE = 50
const MOST_SHOWN = 200
/** Tasks that are looked at for one page with a filter, and milliseconds for it. */
const MOST_SEARCHED = 2000
const SEARCH = 40
/** Queues whose dead letters or schedules are looked at for one page, and milliseconds for it. */
const MOST_QUEUES = 100
const GROUPING = 1000
/** Groups of dead letters on one page. */
const MOST_GROUPS = 100
/** Next times of a schedule. */
const NEXT_TIMES = 5
/** Names of one worker's queues. */
const MOST_NAMES = 20

type Read<T> = (store: Store, params: Params, settings: Settings) => Promise<T>

const ORDERS: Readonly<Record<string, (queue: QueueView) => number>> = {
  waiting: ({ waiting }) => waiting,
  running: ({ running }) => running,
  delayed: ({ delayed }) => delayed,
  dead: ({ dead }) => dead,
  oldest: ({ oldest }) => oldest ?? -1,
}

const overview: Read<OverviewView> = async (store, params) => {
  const until = aMoment()
  await store.look(until)
  const names = await store.names()
  const wanted = params.text('filter')?.toLowerCase()
  const isMeant = (name: string) => wanted === undefined || name.toLowerCase().includes(wanted)
  const most = params.number('most', MOST_SHOWN) || PER_PAGE
  const order = ORDERS[params.text('sort') ?? '']
  const found = names.filter(isMeant)
  const queues = order
    ? store.seen.filter(({ queue }) => isMeant(queue)).sort((one, other) => order(other) - order(one))
    : await store.lookAtThese(found.slice(0, most), until)
  const team = await store.team()
  const { seen } = store
  return {
    at: store.now,
    queues: queues.slice(0, most).map(named),
    count: found.length,
    totals: { ...sumOf(seen), looked: seen.length },
    ...(team && { team }),
    ...store.ended(),
    history: store.history.view(store.now),
  }
}

function endedOnly(store: Store, name: string): Pick<QueuePageView, 'ended'> {
  const { ended } = store.ended(name)
  return ended ? { ended } : {}
}

/** A queue's name is kept as it is, since actions name it by that; what somebody wrote as a reason is cut. */
function named(view: QueueView): QueueView {
  if (view.paused?.reason === undefined) return view
  return { ...view, paused: { ...view.paused, reason: shownName(view.paused.reason) } }
}

const queue: Read<QueuePageView> = async (store, params, { redact }) => {
  const name = params.need('queue')
  const state = params.state()
  const search = () =>
    searchTasks(
      store.gator,
      { queue: name, state, filter: params.filter(), after: params.text('after') },
      { limit: PER_PAGE, most: MOST_SEARCHED, signal: AbortSignal.timeout(SEARCH) },
    )
  const [found, looked] = await Promise.all([
    store.gator.backend.listing ? search() : { tasks: [], seen: 0 },
    store.lookAtOne(name),
  ])
  return {
    at: store.now,
    queue: named(looked),
    ...endedOnly(store, name),
    history: store.historyOf(name).view(store.now),
    tasks: found.tasks.map((task) => lineOf(redacted(redact, task))),
    seen: found.seen,
    ...('next' in found && { next: found.next }),
  }
}

function lineOf({ reason, priority, until, ...task }: TaskView): TaskLine {
  return {
    queue: task.queue,
    id: task.taskId,
    state: task.state,
    name: task.name === null ? null : shownName(task.name),
    args: task.name === null ? (task.unreadable ?? '') : task.args.map(shownInList).join(', ').slice(0, 200),
    ...(priority && { priority }),
    attempt: task.attempt,
    enqueuedAt: task.enqueuedAt,
    ...(until !== undefined && { until }),
    ...(reason && { diedAt: reason.at, code: shownName(reason.code), message: shownInLine(reason.message) }),
  }
}

function shownInLine(message: string): string {
  return shownName(message.slice(0, 300).split('\n', 1)[0] ?? '')
}

const task: Read<TaskPageView> = async (store, params, { redact }) => {
  const [queueName, id] = [params.need('queue'), params.need('id')]
  const view = { at: store.now, queue: queueName, id }
  const found = await readTask(store.gator, queueName, id)
  if (!found) return { ...view, why: [] }
  // Some of what it waits for has to be counted.
  const why = await store.reads.soon(`why:${JSON.stringify([queueName, id, found.state])}`, () =>
    whyItWaits(store.gator, found),
  )
  return { ...view, state: found.state, task: factsOf(redacted(redact, found)), why: why ?? [] }
}

function factsOf(view: TaskView): TaskFacts {
  const { name, args, headers, priority, attempt, retries, enqueuedAt, until, dependsOn, unreadable } = view
  const { reason } = view
  return {
    ...{ attempt, retries, enqueuedAt },
    name: name === null ? null : shownName(name),
    args: shown(args),
    ...(headers && { headers: shown(headers) }),
    ...(priority && { priority }),
    ...(until !== undefined && { until }),
    ...(dependsOn && { dependsOn: dependsOn.slice(0, PER_PAGE) }),
    ...(unreadable !== undefined && { unreadable: shown(unreadable) }),
    ...toldBy(view),
    ...(reason && {
      death: {
        code: shownName(reason.code),
        message: shown(reason.message),
        ...(reason.stack !== undefined && { stack: shown(reason.stack) }),
        ...{ at: reason.at, worker: shownName(reason.worker), attempt: reason.attempt },
      },
    }),
  }
}

/** What it has told while it ran. */
function toldBy({
  progress,
  text,
  log = [],
  steps = [],
}: TaskView): Pick<TaskFacts, 'progress' | 'text' | 'log' | 'steps'> {
  return {
    ...(progress !== undefined && { progress }),
    ...(text !== undefined && { text: shownName(text) }),
    ...(log.length > 0 && { log: log.map(({ at, line }) => ({ at, line: shownName(line) })) }),
    ...(steps.length > 0 && { steps: steps.slice(0, PER_PAGE).map(shownName) }),
  }
}

const dead: Read<DeadPageView> = async (store, params, { redact }) => {
  const only = params.text('queue')
  const found = await store.reads.soon(`dead:${only ?? ''}`, () => groupsOf(store, only, redact))
  return found ?? { at: store.now, isPending: true, groups: [], dead: 0, seen: 0, isCut: true }
}

async function groupsOf(
  store: Store,
  only: string | undefined,
  redact: Settings['redact'],
): Promise<DeadPageView> {
  const { gator } = store
  const signal = AbortSignal.timeout(GROUPING)
  const groups: DeadPageView['groups'][number][] = []
  let [dead, seen, left] = [0, 0, 0]
  const all = only === undefined ? await store.names() : [only]
  for (const [at, name] of all.entries()) {
    left = all.length - at
    if (signal.aborted || at === MOST_QUEUES) break
    left -= 1
    const counts = await gator.backend.counts(name)
    dead += counts.dead
    if (counts.dead === 0) continue
    const deaths = await deathsOf(gator, name, {
      most: MOST_SEARCHED,
      signal,
      ...(redact && { redact: hider(redact) }),
    })
    seen += deaths.seen
    for (const group of deaths.groups)
      groups.push({
        ...group,
        name: group.name === null ? null : shownName(group.name),
        code: shownName(group.code),
        message: shownName(group.message),
      })
  }
  groups.sort((one, other) => other.lastAt - one.lastAt)
  return { at: store.now, groups: groups.slice(0, MOST_GROUPS), dead, seen, isCut: left > 0 || seen < dead }
}

function hider(redact: NonNullable<Settings['redact']>): (view: TaskView) => TaskView {
  return (view) => redacted(redact, view)
}

const workers: Read<WorkersPageView> = async (store, _params, { redact }) => {
  const all = [...((await store.workers()) ?? [])]
  all.sort((one, other) => one.name.localeCompare(other.name) || one.startedAt - other.startedAt)
  const views = all.slice(0, MOST_SEARCHED / 10).map((worker) => {
    const rate = store.rates.of(worker.id)
    const { concurrency, running, tasksComplete: done, startedAt } = worker
    return {
      id: shownName(worker.id),
      name: shownName(worker.name),
      queues: worker.queues.slice(0, MOST_NAMES).map(shownName),
      ...{ concurrency, running, done, startedAt },
      tasks: (worker.tasks ?? []).map((one) => runningOf(one, redact)),
      ...(rate !== undefined && { rate }),
    }
  })
  return { at: store.now, workers: views, count: all.length }
}

function runningOf(
  { queue: queueName, taskId, name, since }: RunningTask,
  redact: Settings['redact'],
): RunningView {
  const unknown = { enqueuedAt: null, retries: null, attempt: null, args: [] }
  const view = { queue: queueName, taskId, state: 'running', name: name ?? null, ...unknown } as const
  const shownAs = redacted(redact, view).name
  return { queue: queueName, id: taskId, since, name: shownAs === null ? null : shownName(shownAs) }
}

const schedules: Read<SchedulesPageView> = async (store, _params, { redact }) => {
  const { gator } = store
  if (!gator.backend.schedules) return { at: store.now, schedules: [], count: 0 }
  const found: Schedule[] = []
  for (const name of (await queuesAndOwn(store)).slice(0, MOST_QUEUES))
    found.push(...(await gator.schedules(name)))
  const views: ScheduleView[] = []
  for (const schedule of found.slice(0, MOST_QUEUES)) views.push(await scheduleOf(store, schedule, redact))
  return { at: store.now, schedules: views, count: found.length }
}

/** A queue that holds nothing may have schedules and batches: that of the gator is always looked at. */
async function queuesAndOwn(store: Store): Promise<readonly string[]> {
  const names = await store.names()
  const own = store.gator.queueName
  return [...new Set(store.isShown(own) ? [own, ...names] : names)]
}

const batches: Read<BatchesPageView> = async (store, params) => {
  const { at, listing } = { at: store.now, listing: store.gator.backend.batches }
  const [only, which, after] = [params.text('queue'), params.which(), params.text('after')]
  if (!listing) return { at, batches: [], isCut: false }
  if (only !== undefined) {
    const { batches: found, next } = await listing.list(only, which, { limit: PER_PAGE, after })
    return {
      at,
      batches: found.map((one) => batchLineOf(only, one)),
      isCut: false,
      ...(next !== undefined && { next }),
    }
  }
  const found = await store.reads.soon(`batches:${which}`, () => batchesOf(store, which))
  return found ?? { at, batches: [], isCut: false, isPending: true }
}

/** The last ones of all queues together. */
async function batchesOf(store: Store, which: 'open' | 'ended'): Promise<BatchesPageView> {
  const signal = AbortSignal.timeout(GROUPING)
  const found: BatchLine[] = []
  const names = await queuesAndOwn(store)
  let isCut = names.length > MOST_QUEUES
  for (const name of names.slice(0, MOST_QUEUES)) {
    if (signal.aborted) isCut = true
    if (signal.aborted) break
    const page = await store.gator.backend.batches?.list(name, which, { limit: PER_PAGE })
    found.push(...(page?.batches ?? []).map((one) => batchLineOf(name, one)))
    isCut ||= page?.next !== undefined
  }
  const placeOf = ({ endedAt, madeAt = 0 }: BatchLine) => endedAt ?? madeAt
  found.sort((one, other) => placeOf(other) - placeOf(one))
  return { at: store.now, batches: found.slice(0, PER_PAGE), isCut: isCut || found.length > PER_PAGE }
}

function batchLineOf(queueName: string, { batchId, ...state }: ListedBatch): BatchLine {
  const madeAt = timeOfId(batchId)
  return { queue: queueName, id: batchId, ...state, ...(madeAt !== undefined && { madeAt }) }
}

const batch: Read<BatchPageView> = async (store, params, { redact }) => {
  const [queueName, id] = [params.need('queue'), params.need('id')]
  const view = {
    at: store.now,
    queue: queueName,
    id,
    callbacks: [],
    members: {},
    seen: 0,
    tasks: [],
    batches: [],
  }
  const state = await store.gator.backend.batches?.find(queueName, id)
  if (!state) return view
  const line = batchLineOf(queueName, { batchId: id, ...state })
  // A store may have to go through much for the members.
  const found = await store.reads.soon(`inside:${JSON.stringify([queueName, id])}`, () =>
    readBatch(store.gator, queueName, id),
  )
  if (!found) return { ...view, batch: line, isPending: true }
  return { ...view, batch: line, ...insideOf(found, redact) }
}

function insideOf(
  { queue: queueName, callbacks, members, seen, some, batches: within }: BatchView,
  redact: Settings['redact'],
): Pick<BatchPageView, 'callbacks' | 'members' | 'seen' | 'tasks' | 'batches'> {
  return {
    ...{ members, seen },
    callbacks: callbacks.map(({ end, task: made }) => {
      const { id, name, state } = lineOf(redacted(redact, made))
      return { end, id, name, state }
    }),
    tasks: some.map((one) => lineOf(redacted(redact, one))),
    batches: within.map((one) => batchLineOf(queueName, one)),
  }
}

async function scheduleOf(
  { gator }: Store,
  schedule: Schedule,
  redact: Settings['redact'],
): Promise<ScheduleView> {
  const { id, queue: queueName, cron, every, at, timeZone, last, runs, dropped, isPaused, error } = schedule
  const { missed, overlap } = schedule
  const next = isPaused || error !== undefined ? [] : await schedule.upcoming(NEXT_TIMES)
  const view = viewOf(gator, schedule)
  const call = view && redacted(redact, view)
  return {
    ...{ id, queue: queueName, missed, overlap, runs, dropped, paused: isPaused },
    ...(cron !== undefined && { cron }),
    ...(every !== undefined && { every }),
    ...(at && { once: unix(at) }),
    ...(timeZone !== undefined && { timeZone }),
    ...(last && { last: unix(last) }),
    next: next.map(unix),
    ...(call && call.name !== null && { name: shownName(call.name) }),
    ...(call && { args: call.args.map(shownInList).join(', ').slice(0, 200) }),
    ...(error !== undefined && {
      unreadable: error instanceof Error ? shownName(error.message) : 'unreadable',
    }),
  }
}

/** The task of a schedule, as one that could be redacted. */
function viewOf(
  { context }: Store['gator'],
  { queue: queueName, task: made }: Schedule,
): TaskView | undefined {
  if (!made?.func) return undefined
  const { module, callable } = context.refs.find(made.func)
  const { taskId, funcArgs: args, retries, attempt } = made
  const call = { name: `${module}#${callable}`, args, retries, attempt }
  return { queue: queueName, taskId, state: 'delayed', enqueuedAt: null, ...call }
}

function unix(date: Date): number {
  return date.getTime() / 1000
}

interface Page {
  readonly read: Read<object>
  /** What it can be asked about. All else is as if nobody had said it. */
  readonly takes: readonly string[]
}

/** By the names that they are asked for by. */
const PAGES: Readonly<Record<string, Page>> = {
  overview: { read: overview, takes: ['filter', 'sort', 'most'] },
  queue: {
    read: queue,
    takes: ['queue', 'state', 'after', 'task', 'error', 'priority', 'likeness'],
  },
  task: { read: task, takes: ['queue', 'id'] },
  dead: { read: dead, takes: ['queue'] },
  workers: { read: workers, takes: [] },
  schedules: { read: schedules, takes: [] },
  batches: { read: batches, takes: ['queue', 'show', 'after'] },
  batch: { read: batch, takes: ['queue', 'id'] },
}

/** What is asked of a page: the same question has the same key, whatever else stands in the address. */
export interface Question {
  readonly key: string
  readonly read: (store: Store, settings: Settings) => Promise<object>
}

/** @throws Problem */
export function questionOf(name: string, get: (key: string) => string | undefined): Question {
  const page = Object.hasOwn(PAGES, name) ? PAGES[name] : undefined
  if (!page) throw new Problem(404, 'NO_SUCH_PAGE', 'There is no such page.')
  const asked = new Map(page.takes.map((key) => [key, get(key) ?? '']))
  const params = new Params((key) => asked.get(key))
  return {
    key: JSON.stringify([name, ...asked.values()]),
    read: async (store, settings) => {
      const queueName = params.text('queue')
      if (queueName !== undefined && !store.isShown(queueName))
        throw new Problem(404, 'NO_SUCH_QUEUE', 'This queue is not shown here.')
      return page.read(store, params, settings)
    },
  }
}
