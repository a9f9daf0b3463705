import type { Gator } from '../gator/gator.js'
import { firstLine, likenessOf } from './likeness.js'
import { pagesOf } from './pages.js'
import { type TaskView, viewTask } from './task-view.js'

/** Dead letters that died of the same. */
export interface DeathGroup {
  readonly queue: string
  /** The function; null when the payload cannot be read. */
  readonly name: string | null
  /** The code of the error. */
  readonly code: string
  /** The first line of the message of the one that died last. */
  readonly message: string
  /** Stands for the error without its numbers and ids: as a filter's `likeness` it means these. */
  readonly likeness: string
  readonly count: number
  /** Unix seconds. */
  readonly firstAt: number
  readonly lastAt: number
  /** The id of the one that died last. */
  readonly lastId: string
}

/** What was found among the dead letters of a queue. */
export interface Deaths {
  readonly groups: readonly DeathGroup[]
  /** How many were looked at: the oldest. */
  readonly seen: number
  /** Whether there are more, which were not looked at. */
  readonly isCut: boolean
}

/** How far to look. */
export interface DeathOptions {
  /** Dead letters to look at, at most. (Default: 2,000) */
  readonly most?: number
  /** Ends the looking between two pages. */
  readonly signal?: AbortSignal | undefined
  /** Hides what is not to be shown of a task. What tasks have in common is found from what they were before. */
  readonly redact?: (task: TaskView) => TaskView
}

const MOST_LOOKED_AT = 2000
/** Few enough that large payloads do not fill the memory. */
const PAGE = 100
/**
 * Groups the dead letters of a queue by what they died of, those that came last first. It looks at `most` of them at most: a store
 * may keep a million of them.
 *
 * @throws NotSupportedError where the store cannot list tasks.
 *
 * @example
 * ```ts
 * const { groups } = await deathsOf(gator, 'mail')
 * ```
 */
export async function deathsOf(
  gator: Gator,
  queue: string,
  { most = MOST_LOOKED_AT, signal, redact = same }: DeathOptions = {},
): Promise<Deaths> {
  const { listing } = gator.backend
  if (!listing) return { groups: [], seen: 0, isCut: false }
  const groups = new Map<string, DeathGroup>()
  let seen = 0
  let isCut = false
  for await (const tasks of pagesOf(listing, { queue, state: 'dead' }, PAGE)) {
    isCut = seen + tasks.length > most || (signal?.aborted ?? false)
    if (isCut) break
    for (const stored of tasks) add(groups, await viewTask(gator, queue, stored), redact)
    seen += tasks.length
  }
  return { groups: [...groups.values()].sort((one, other) => other.lastAt - one.lastAt), seen, isCut }
}

function same(task: TaskView): TaskView {
  return task
}

function add(groups: Map<string, DeathGroup>, task: TaskView, redact: (task: TaskView) => TaskView): void {
  const likeness = likenessOf(task)
  const { queue, name, taskId, reason } = redact(task)
  const at = reason?.at ?? 0
  const before = groups.get(likeness)
  const isLast = !before || at >= before.lastAt
  groups.set(likeness, {
    ...{ queue, name, likeness },
    code: reason?.code ?? '',
    message: isLast ? firstLine(reason?.message ?? '') : before.message,
    count: (before?.count ?? 0) + 1,
    firstAt: Math.min(at, before?.firstAt ?? at),
    lastAt: Math.max(at, before?.lastAt ?? at),
    lastId: isLast ? taskId : before.lastId,
  })
}
