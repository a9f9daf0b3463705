import type { TaskView } from '@alligator/core/inspect'
import type { Command } from 'commander'
import { newStoreCommand } from '../command.js'
import { shortIds } from '../ids.js'
import { printable } from '../printable.js'
import { cutName } from '../shorten.js'
import { type Cell, type Column, tableLines } from '../table.js'
import { colors, outputWidth } from '../terminal.js'
import { type PageFlags, nameCell, showPage, whenText, withPages } from './list.js'

/** `alligator dead`. */
export function deadCommand(): Command {
  return withPages(newStoreCommand('dead'))
    .summary('show the dead letters and why they died')
    .description('Shows dead letters, a page at a time, with the error that each died of.')
    .action((flags: PageFlags) => showPage('dead', flags, ['dead'], deadTable))
}

const COLUMNS: readonly Column[] = [
  { title: 'ID', least: 8 },
  { title: 'QUEUE', least: 8, spare: 2 },
  { title: 'TASK', least: 10, shorten: cutName },
  { title: 'TRY', align: 'right', spare: 3 },
  { title: 'DIED', spare: 1 },
  { title: 'ERROR', least: 12 },
]

/** Dead letters as lines of text. */
export function deadTable(tasks: readonly TaskView[], now: number, width: number = outputWidth()): string[] {
  const ids = shortIds(
    tasks.map(({ taskId }) => taskId),
    width,
  )
  const rows = tasks.map((task, at): Cell[] => [
    ids[at] ?? '',
    printable(task.queue),
    nameCell(task),
    String(task.reason?.attempt ?? ''),
    task.reason ? whenText(task, now) : '',
    { text: errorText(task), paint: colors.red },
  ])
  return tableLines(COLUMNS, rows, width)
}

/** What a task died of, on one line. */
export function errorText({ reason }: TaskView): string {
  if (!reason) return ''
  const { code, message } = reason
  return printable(code === 'ERROR' ? message : `${code}: ${message}`)
}
