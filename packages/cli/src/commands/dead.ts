import type { TaskView } from '@alligator/core/inspect'
import type { Command } from 'commander'
import { newStoreCommand } from '../command.js'
import { printable } from '../printable.js'
import type { Column } from '../table.js'
import { colors, outputWidth } from '../terminal.js'
import { type PageFlags, nameText, showPage, tasksTable, whenText, withPages } from './list.js'

/** `alligator dead`. */
export function deadCommand(): Command {
  return withPages(newStoreCommand('dead'))
    .summary('show the dead letters and why they died')
    .description('Shows dead letters, a page at a time, with the error that each died of.')
    .action((flags: PageFlags) => showPage('dead', flags, ['dead'], deadTable))
}

const COLUMNS: readonly Column[] = [
  { title: 'ID' },
  { title: 'QUEUE', least: 5, optional: true },
  { title: 'TASK', least: 10 },
  { title: 'TRY', align: 'right', optional: true },
  { title: 'DIED' },
  { title: 'ERROR', least: 12 },
]

/** Dead letters as lines of text. */
export function deadTable(
  tasks: readonly TaskView[],
  now: number,
  width: number = outputWidth(),
  hasIds: boolean = true,
): string[] {
  const rows = tasks.map((task) => [
    printable(task.taskId),
    printable(task.queue),
    nameText(task),
    String(task.reason?.attempt ?? ''),
    task.reason ? whenText(task, now) : '',
    errorText(task),
  ])
  return tasksTable(COLUMNS, rows, width, hasIds)
}

/** What a task died of, on one line. */
export function errorText({ reason }: TaskView): string {
  if (!reason) return ''
  const { code, message } = reason
  return colors.red(printable(code === 'ERROR' ? message : `${code}: ${message}`))
}
