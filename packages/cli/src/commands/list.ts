import { type StoredState, need } from '@alligator/core'
import {
  MOST_ON_PAGE,
  STATES,
  type TaskFilter,
  type TaskView,
  createFilter,
  viewTasks,
} from '@alligator/core/inspect'
import { PRIORITIES } from '@alligator/core/backend'
import { type Command, Option } from 'commander'
import { newStoreCommand, queuesOption } from '../command.js'
import { shortId, shortIds } from '../ids.js'
import { moment, wholeNumber } from '../option-parsers.js'
import { print, printJson } from '../output.js'
import { printable, printableJson } from '../printable.js'
import { chosenQueues } from '../queue-names.js'
import { cutName, cutStart, cutWords } from '../shorten.js'
import { type Cell, type Column, tableLines } from '../table.js'
import { placesOf, takePage } from '../task-pages.js'
import { colors, outputWidth } from '../terminal.js'
import { lengthOf } from '../times.js'
import { type StoreFlags, withGator } from '../with-gator.js'
import type { Runner } from '../worker-status.js'

/** What a command takes that shows tasks a page at a time. */
export interface PageFlags extends StoreFlags, TaskFilter {
  readonly queue?: readonly string[]
  readonly limit?: number
  readonly page?: string
}

const PAGE_LIMIT = 50

/** `alligator list`. */
export function listCommand(): Command {
  return withPages(newStoreCommand('list'))
    .summary('show the tasks in the store')
    .description(
      'Shows tasks, a page at a time: running, waiting, delayed and dead ones of every queue, or those that match.',
    )
    .addOption(new Option('--priority <level>', 'only those of this level').choices(PRIORITIES))
    .addOption(new Option('--state <state>', 'only those in this state').choices(STATES))
    .action((flags: PageFlags & { state?: StoredState }) =>
      showPage('list', flags, flags.state ? [flags.state] : STATES, taskTable),
    )
}

const WHEN = 'that died since then; of what is not dead, was enqueued'

/** Adds the options of a command that shows tasks a page at a time. */
export function withPages(command: Command): Command {
  const limit = `number of tasks on a page, up to ${MOST_ON_PAGE} (default: ${PAGE_LIMIT})`
  return command
    .addOption(queuesOption())
    .option('--task <function>', 'of this function: module#name as it is listed, or the name alone')
    .option('--error <text>', 'dead of an error with this code, or with this text in its message')
    .option('--since <when>', `${WHEN}: 2h (ago), or 2026-11-28T09:00Z`, moment)
    .option('--until <when>', WHEN.replace('since', 'before'), moment)
    .option('--limit <n>', limit, wholeNumber(1, MOST_ON_PAGE))
    .option('--page <page>', 'go on where the page before ended; it says how')
}

/** Prints one page, as text in the form that `toLines` gives it or as one JSON document. */
export async function showPage(
  command: string,
  { queue, limit = PAGE_LIMIT, page, task, error, since, until, priority, ...flags }: PageFlags,
  states: readonly StoredState[],
  toLines: (tasks: readonly TaskView[], now: number) => string[],
): Promise<void> {
  await withGator(flags, async (gator) => {
    const listing = need(gator.backend, 'listing', `alligator ${command}`)
    const places = placesOf(await chosenQueues(gator, queue), states, page)
    const wanted = { task, error, since, until, priority }
    const isAll = Object.values(wanted).every((value) => value === undefined)
    const isMeant = isAll ? undefined : createFilter(gator, wanted)
    const { found, next } = await takePage(listing, places, limit, isMeant)
    const tasks = await viewTasks(gator, found)
    if (flags.json) return printJson({ tasks, next: next ?? null })
    if (tasks.length > 0) print(...toLines(tasks, gator.clock.now()))
    else print('No tasks.')
    if (next !== undefined) print('', `More: alligator ${command} … --page ${next}`)
  })
}

const COLUMNS: readonly Column[] = [
  { title: 'ID', least: 8 },
  { title: 'STATE', spare: 1 },
  { title: 'LEVEL', spare: 5 },
  { title: 'QUEUE', least: 8, spare: 2 },
  { title: 'TASK', least: 14, shorten: cutName },
  { title: 'ARGUMENTS', least: 16, spare: 7 },
  { title: 'WHEN', least: 10, shorten: cutWords },
  { title: 'PROGRESS', least: 8, shorten: (text) => text.split(',', 1).join(), spare: 4 },
  { title: 'WORKER', least: 10, shorten: cutStart, spare: 6 },
]
/** Only where there is anything to tell. */
const SOMETIMES = ['LEVEL', 'PROGRESS', 'WORKER']

/** Tasks in any state as lines of text; `runnerOf` tells who runs one, where that is known. */
export function taskTable(
  tasks: readonly TaskView[],
  now: number,
  width: number = outputWidth(),
  runnerOf: (task: TaskView) => Runner | undefined = () => undefined,
): string[] {
  const hasLevels = tasks.some(({ priority }) => priority !== undefined)
  const ids = shortIds(
    tasks.map(({ taskId }) => taskId),
    width,
  )
  const rows = tasks.map((task, at): Cell[] => {
    const runner = task.state === 'running' ? runnerOf(task) : undefined
    return [
      ids[at] ?? '',
      stateCell(task.state),
      hasLevels ? (task.priority ?? 'normal') : '',
      printable(task.queue),
      nameCell(task),
      printableJson(task.args).slice(1, -1),
      runner ? `for ${lengthOf(now - runner.since)}` : whenText(task, now),
      (task.state === 'running' && progressText(task)) || '',
      printable(runner?.worker ?? ''),
    ]
  })
  const shown = COLUMNS.map(
    ({ title }, at) => !SOMETIMES.includes(title) || rows.some((row) => row[at] !== ''),
  )
  return tableLines(
    COLUMNS.filter((_, at) => shown[at]),
    rows.map((row) => row.filter((_, at) => shown[at])),
    width,
  )
}

/** The name of a task's function, or why there is none. */
export function nameCell({ name, unreadable }: TaskView): Cell {
  if (name !== null) return printable(name)
  return { text: `(${printable(unreadable ?? 'unreadable')})`, paint: colors.yellow }
}

/** How far it is, as it has told. */
export function progressText({ progress, text }: TaskView): string | null {
  if (progress === undefined) return null
  const percent = `${Math.floor(progress * 100)} %`
  return text === undefined ? percent : `${percent}, ${printable(text)}`
}

const COLORS: Readonly<Record<StoredState, (text: string) => string>> = {
  running: colors.green,
  waiting: String,
  delayed: colors.cyan,
  dead: colors.red,
}

export function stateCell(state: StoredState): Cell {
  return { text: state, paint: COLORS[state] }
}

/** Of a task: how long ago it was enqueued or died, in how long it is due or its lease ends, or what it waits for. */
export function whenText({ state, until, waitsFor, reason, enqueuedAt }: TaskView, now: number): string {
  if (waitsFor) return `waits for ${waitsText(waitsFor)}`
  if (until !== undefined && state === 'delayed') return `due in ${lengthOf(until - now)}`
  if (until !== undefined && state === 'running') return `lease ${lengthOf(until - now)}`
  const since = reason?.at ?? enqueuedAt
  return since === null ? '' : `${lengthOf(now - since)} ago`
}

/** Of several only their number. */
function waitsText(ids: readonly string[]): string {
  const [only = ''] = ids
  return ids.length === 1 ? shortId(only) : `${ids.length} tasks`
}
