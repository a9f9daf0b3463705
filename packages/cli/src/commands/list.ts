import { type StoredState, need } from '@alligator/core'
import { type TaskView, MOST_ON_PAGE, STATES, queuesOf, viewTask } from '@alligator/core/inspect'
import { type Command, Option } from 'commander'
import { newStoreCommand, queuesOption } from '../command.js'
import { wholeNumber } from '../option-parsers.js'
import { print, printJson } from '../output.js'
import { printable, printableJson } from '../printable.js'
import { type Column, tableLines } from '../table.js'
import { placesOf, takePage } from '../task-pages.js'
import { colors, outputWidth } from '../terminal.js'
import { lengthOf } from '../times.js'
import { type StoreFlags, withGator } from '../with-gator.js'

/** What a command takes that shows tasks a page at a time. */
export interface PageFlags extends StoreFlags {
  readonly queue?: readonly string[]
  readonly limit?: number
  readonly page?: string
}

const PAGE_LIMIT = 50

/** `alligator list`. */
export function listCommand(): Command {
  return withPages(newStoreCommand('list'))
    .summary('show the tasks in the store')
    .description('Shows tasks, a page at a time: running, waiting, delayed and dead ones of every queue.')
    .addOption(new Option('--state <state>', 'only those in this state').choices(STATES))
    .action((flags: PageFlags & { state?: StoredState }) =>
      showPage('list', flags, flags.state ? [flags.state] : STATES, taskTable),
    )
}

/** Adds the options of a command that shows tasks a page at a time. */
export function withPages(command: Command): Command {
  const limit = `number of tasks on a page, up to ${MOST_ON_PAGE} (default: ${PAGE_LIMIT})`
  return command
    .addOption(queuesOption())
    .option('--limit <n>', limit, wholeNumber(1, MOST_ON_PAGE))
    .option('--page <page>', 'go on where the page before ended; it says how')
}

/** Prints one page, as text in the form that `toLines` gives it or as one JSON document. */
export async function showPage(
  command: string,
  { queue, limit = PAGE_LIMIT, page, ...flags }: PageFlags,
  states: readonly StoredState[],
  toLines: (tasks: readonly TaskView[], now: number) => string[],
): Promise<void> {
  await withGator(flags, async (gator) => {
    const listing = need(gator.backend, 'listing', `alligator ${command}`)
    const places = placesOf(await queuesOf(gator, queue), states, page)
    const { found, next } = await takePage(listing, places, limit)
    const tasks = await Promise.all(found.map((one) => viewTask(gator, one.queue, one.task)))
    if (flags.json) return printJson({ tasks, next: next ?? null })
    if (tasks.length > 0) print(...toLines(tasks, gator.clock.now()))
    else print('No tasks.')
    if (next !== undefined) print('', `More: alligator ${command} … --page ${next}`)
  })
}

const COLUMNS: readonly Column[] = [
  { title: 'ID' },
  { title: 'STATE' },
  { title: 'QUEUE', least: 5, optional: true },
  { title: 'TASK', least: 12 },
  { title: 'ARGUMENTS', least: 9, optional: true },
  { title: 'WHEN' },
]

/** Only where a task has another level than the usual one. */
const LEVEL: Column = { title: 'LEVEL', optional: true }

/** Tasks in any state as lines of text. */
export function taskTable(
  tasks: readonly TaskView[],
  now: number,
  width: number = outputWidth(),
  hasIds: boolean = true,
): string[] {
  const hasLevels = tasks.some(({ priority }) => priority !== undefined)
  const columns = hasLevels ? COLUMNS.toSpliced(2, 0, LEVEL) : COLUMNS
  const rows = tasks.map((task) => [
    printable(task.taskId),
    stateText(task.state),
    ...(hasLevels ? [task.priority ?? 'normal'] : []),
    printable(task.queue),
    nameText(task),
    printableJson(task.args).slice(1, -1),
    [whenText(task, now), task.state === 'running' && progressText(task)].filter(Boolean).join(', '),
  ])
  return tasksTable(columns, rows, width, hasIds)
}

/** A table whose first column has the ids, if they are wanted. */
export function tasksTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
  hasIds: boolean,
): string[] {
  if (hasIds) return tableLines(columns, rows, width)
  return tableLines(
    columns.slice(1),
    rows.map((row) => row.slice(1)),
    width,
  )
}

/** The name of a task's function, or why there is none. */
export function nameText({ name, unreadable }: TaskView): string {
  return name === null ? colors.yellow(`(${printable(unreadable ?? 'unreadable')})`) : printable(name)
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

export function stateText(state: StoredState): string {
  return COLORS[state](state)
}

/** Of a task: how long ago it was enqueued or died, or in how long it is due or its lease ends. */
export function whenText({ state, until, reason, enqueuedAt }: TaskView, now: number): string {
  if (until !== undefined && state === 'delayed') return `due in ${lengthOf(until - now)}`
  if (until !== undefined && state === 'running') return `lease ${lengthOf(until - now)}`
  const since = reason?.at ?? enqueuedAt
  return since === null ? '' : `${lengthOf(now - since)} ago`
}
