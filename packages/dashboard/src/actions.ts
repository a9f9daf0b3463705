import { type Gator, type Schedule, messageOf } from '@alligator/core'
import { cancelBatchPart, changeById, changeFound } from '@alligator/core/inspect'
import type { Params } from './params.js'
import { Problem } from './responses.js'
import type { Store } from './store.js'
import type { Done } from './views.js'

/** What can be done from the page. */
export type ActionName =
  | 'retry'
  | 'cancel'
  | 'expedite'
  | 'retry-all'
  | 'drop-all'
  | 'pause'
  | 'resume'
  | 'run-schedule'
  | 'pause-schedule'
  | 'resume-schedule'
  | 'remove-schedule'
  | 'cancel-batch'

/** An action that was taken. */
export interface ActionEvent {
  readonly action: ActionName
  /** Who took it, where `authorize` says that. */
  readonly who?: string
  /** The name of the gator, where there are several. */
  readonly store: string
  readonly queue: string
  /** The tasks, the schedule or the batch, where it was about some by their ids. */
  readonly ids?: readonly string[]
  /** What dead letters died of, where it was about all of a kind. */
  readonly likeness?: string
  /** Unix seconds. */
  readonly at: number
  /** How many tasks, queues or schedules it has changed; of a batch, how many of its members. */
  readonly changed: number
  /** Why it failed. */
  readonly error?: unknown
}

/** Tasks of one action by their ids. */
const MOST_IDS = 100
/** Milliseconds of one part of an action on many; the page asks for the next one. */
const PART = 1000
const MOST_OF_A_PART = 20_000
/** Seconds. */
const LONGEST_PAUSE = 365 * 86_400

type Action = (gator: Gator, queue: string, params: Params) => Promise<Done>

const byId =
  (change: 'retry' | 'cancel' | 'expedite'): Action =>
  async (gator, queue, params) => {
    const changed = await changeById(gator, change, queue, params.list('ids', MOST_IDS), {
      evenRunning: change === 'cancel',
    })
    return { changed }
  }

/** All dead letters that died of the same, before the page asked: what dies meanwhile is another matter. */
const ofAKind =
  (change: 'retry' | 'cancel'): Action =>
  (gator, queue, params) =>
    changeFound(
      gator,
      change,
      { queue, state: 'dead', filter: params.filter(), after: params.text('after') },
      { most: MOST_OF_A_PART, signal: AbortSignal.timeout(PART) },
    )

const onSchedule =
  (change: (schedule: Schedule, gator: Gator) => Promise<string | void>): Action =>
  async (gator, queue, params) => {
    const [wanted] = params.list('ids', 1)
    const schedule = (await gator.schedules(queue)).find(({ id }) => id === wanted)
    if (!schedule) throw new Problem(404, 'NO_SUCH_SCHEDULE', 'The schedule is gone.')
    const id = await change(schedule, gator)
    return { changed: 1, ...(id !== undefined && { id }) }
  }

/** Its members may be many: a part of them at a time. */
const cancelBatch: Action = (gator, queue, params) => {
  const [batchId = ''] = params.list('ids', 1)
  return cancelBatchPart(gator, queue, batchId, { signal: AbortSignal.timeout(PART) })
}

const ACTIONS: Readonly<Record<ActionName, Action>> = {
  retry: byId('retry'),
  cancel: byId('cancel'),
  expedite: byId('expedite'),
  'retry-all': ofAKind('retry'),
  'drop-all': ofAKind('cancel'),
  async pause(gator, queue, params) {
    const [length, reason] = [params.seconds('for', LONGEST_PAUSE), params.text('reason')]
    await pausingOf(gator).pause(queue, { reason, for: length })
    return { changed: 1 }
  },
  async resume(gator, queue) {
    return { changed: Number(await pausingOf(gator).resume(queue)) }
  },
  'run-schedule': onSchedule(async (schedule) => (await schedule.run()).taskId),
  'pause-schedule': onSchedule(async (schedule) => void (await schedule.pause())),
  'resume-schedule': onSchedule(async (schedule) => void (await schedule.resume())),
  'remove-schedule': onSchedule(async ({ id, queue }, gator) => void (await gator.unschedule(id, queue))),
  'cancel-batch': cancelBatch,
}

function pausingOf({ backend: { pausing } }: Gator): NonNullable<Gator['backend']['pausing']> {
  if (pausing) return pausing
  throw new Problem(501, 'NOT_SUPPORTED', 'The store cannot pause queues.')
}

/** Takes an action, and tells of it. @throws Problem, and what the store throws. */
export async function act(
  store: Store,
  params: Params,
  who: string | undefined,
  tell: ((event: ActionEvent) => void) | undefined,
): Promise<Done> {
  const name = params.need('action')
  const [action, queue] = [name as ActionName, params.need('queue')]
  if (!Object.hasOwn(ACTIONS, name)) throw new Problem(404, 'NO_SUCH_ACTION', 'There is no such action.')
  if (!store.isShown(queue)) throw new Problem(404, 'NO_SUCH_QUEUE', 'This queue is not shown here.')
  const report = (changed: number, failed?: { readonly error: unknown }) => {
    const about = { action, store: store.name, queue, at: store.now, changed, ...aboutOf(params), ...failed }
    tellOf({ ...about, ...(who !== undefined && { who }) }, tell)
  }
  try {
    const done = await ACTIONS[action](store.gator, queue, params)
    report(done.changed)
    return done
  } catch (error) {
    report(0, { error })
    throw error
  } finally {
    store.reads.forget()
  }
}

function aboutOf(params: Params): { ids?: readonly string[]; likeness?: string } {
  const likeness = params.text('likeness')
  return { ...params.someIds(MOST_IDS), ...(likeness !== undefined && { likeness }) }
}

function tellOf(event: ActionEvent, tell: ((event: ActionEvent) => void) | undefined): void {
  try {
    tell?.(event)
  } catch (error) {
    process.emitWarning(`onAction of the dashboard has failed: ${messageOf(error)}`)
  }
}
