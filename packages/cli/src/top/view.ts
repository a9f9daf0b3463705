import { deadTable } from '../commands/dead.js'
import { taskTable } from '../commands/list.js'
import { statusTable } from '../commands/status.js'
import { colors } from '../terminal.js'
import type { Rows } from './rows.js'
import type { Snapshot } from './snapshot.js'

/** What is drawn. */
export interface View {
  readonly store: string
  readonly canList: boolean
  readonly snapshot: Snapshot
  readonly rows: Rows
  /** What the last key did, or what it asks. */
  readonly message: string
}

interface Size {
  readonly width: number
  readonly height: number
}

interface Section {
  readonly title: string
  /** Its titles, then a line for each of its rows. */
  readonly table: readonly string[]
  /** Which of its rows is selected, if any. */
  readonly selected: number | undefined
}

const KEYS = '↑↓ select  tab next part  r retry  R retry all of the queue  c cancel  d drop the queue  q quit'
const CANNOT_LIST = 'This store cannot list its tasks; SQLite and Redis can.'

/** The screen, line by line. */
export function draw(view: View, { width, height }: Size): string[] {
  const { store, snapshot, message, canList } = view
  const time = new Date(snapshot.at * 1000).toTimeString().slice(0, 8)
  const sections = sectionsOf(view, width - MARK.length)
  // The head, the foot, and around each section a title and an empty line.
  const room = Math.max(sections.length * 2, height - 3 - 2 * sections.length)
  const counts = share(sections, room)
  const lines = sections.flatMap((section, at) => sectionLines(section, counts[at] ?? 0))
  const body = [`${colors.bold('alligator top')}  ${store}  ${time}`, '', ...lines]
  if (!canList) body.push(CANNOT_LIST)
  const filler = Array.from({ length: Math.max(0, height - 1 - body.length) }, () => '')
  return [...body, ...filler].slice(0, height - 1).concat(message || colors.dim(KEYS))
}

function sectionsOf({ snapshot, rows, canList }: View, width: number): Section[] {
  const { at, queues, tasks, dead } = snapshot
  const queuesPart = {
    title: `QUEUES (${queues.length})`,
    table: statusTable(queues, width),
    selected: rows.selectedIn('queues'),
  }
  if (!canList) return [queuesPart]
  return [
    queuesPart,
    { title: 'RUNNING AND NEXT', table: taskTable(tasks, at, width), selected: rows.selectedIn('tasks') },
    {
      title: `DEAD LETTERS (${queues.reduce((sum, queue) => sum + queue.dead, 0)})`,
      table: deadTable(dead, at, width),
      selected: rows.selectedIn('dead'),
    },
  ]
}

/** How many lines of its table each section gets: what it needs, and of what is short an equal share. */
function share(sections: readonly Section[], room: number): number[] {
  const counts = sections.map(() => 0)
  for (let left = room; left > 0; left -= 1) {
    const needy = sections
      .map((_, at) => at)
      .filter((at) => (counts[at] ?? 0) < (sections[at]?.table.length ?? 0))
    const [least] = needy.sort((one, other) => (counts[one] ?? 0) - (counts[other] ?? 0))
    if (least === undefined) break
    counts[least] = (counts[least] ?? 0) + 1
  }
  return counts
}

/** Stands before the row that is selected. */
const MARK = '> '

function sectionLines({ title, table, selected }: Section, count: number): string[] {
  const [titles = '', ...rows] = table
  const visible = Math.max(0, count - 1)
  // The window ends with the selected row where that would lie below it.
  const from = Math.max(0, (selected ?? 0) - visible + 1)
  const lines = rows.slice(from, from + visible).map((row, at) => {
    const isSelected = from + at === selected
    return isSelected ? colors.inverse(MARK + row) : ' '.repeat(MARK.length) + row
  })
  return [colors.bold(title), ' '.repeat(MARK.length) + titles, ...lines, '']
}
