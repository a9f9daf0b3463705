import { stripVTControlCharacters } from 'node:util'
import stringWidth from 'fast-string-width'
import type { Gator } from '@alligator/core'
import { cutEnd, cutStart, wrap } from '../shorten.js'
import { deadTable } from '../commands/dead.js'
import { taskTable } from '../commands/list.js'
import { scheduleTable } from '../commands/schedules.js'
import { statusTable } from '../commands/status.js'
import { colors } from '../terminal.js'
import { throughputTable } from '../throughput-status.js'
import { runnersOf, workerTable } from '../worker-status.js'
import type { Rows } from './rows.js'
import type { Snapshot } from './snapshot.js'

/** What is drawn. */
export interface View {
  readonly store: string
  readonly canList: boolean
  readonly snapshot: Snapshot
  readonly gator: Gator
  readonly rows: Rows
  /** What the last key did, or what it asks. */
  readonly message: string
  readonly asks: boolean
  /** What is shown in the place of the tables, if anything. */
  readonly page?: Page | undefined
}

/** Help, or the details of a row. */
export interface Page {
  readonly lines: readonly string[]
  /** How many lines it was scrolled. */
  readonly from: number
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
  /** Nothing in it can be selected, so that it goes first where there is no room; the spare one also where others get little for it. */
  readonly isExtra?: true | 'spare'
}

/** What keys do, the most needed first. */
const KEYS: readonly string[] = [
  ...['? help', 'q quit', '↑↓ select', '⏎ details', 'tab next part'],
  ...['r retry', 'c cancel', 'p pause', 'R retry all', 'd drop'],
]
const KEYS_OF_PAGE: readonly string[] = ['esc back', 'q quit', '↑↓ scroll']
const ANSWERS = ' [y/N]'
const CANNOT_LIST = 'This store cannot list its tasks, nor tell its queues: name them with --queue.'

/** The screen, line by line. */
export function draw(view: View, { width, height }: Size): string[] {
  const { store, snapshot, canList, page } = view
  const time = new Date(snapshot.at * 1000).toTimeString().slice(0, 8)
  const head = `${colors.bold('alligator top')}  ${time}  ${cutStart(store, Math.max(0, width - HEAD))}`
  const body = page ? pageLines(page, width, height) : tables(view, width, height)
  if (!canList && !page) body.push(...wrap(CANNOT_LIST, width))
  const filler = Array.from({ length: Math.max(0, height - 3 - body.length) }, () => '')
  return [head, '', ...body, ...filler].slice(0, height - 1).concat(foot(view, width))
}

/** Characters of the first line without the store. */
const HEAD = 25

function tables(view: View, width: number, height: number): string[] {
  const sections = fitting(sectionsOf(view, width - MARK.length), height)
  const counts = share(sections, roomFor(sections, height))
  return sections.flatMap((section, at) => sectionLines(section, counts[at] ?? 0))
}

/** A page in the place of the tables, from the line on to which it was scrolled. */
function pageLines({ lines, from }: Page, width: number, height: number): string[] {
  // A line that fits keeps its colours.
  const wrapped = lines.flatMap((line) => {
    return stringWidth(line) <= width ? [line] : wrap(stripVTControlCharacters(line), width, '  ')
  })
  const room = Math.max(1, height - 3)
  const first = Math.max(0, Math.min(from, wrapped.length - room))
  return wrapped.slice(first, first + room)
}

function foot({ message, asks, page }: View, width: number): string {
  if (asks) return cutEnd(message, width - ANSWERS.length) + ANSWERS
  return message ? cutEnd(message, width) : colors.dim(hints(page ? KEYS_OF_PAGE : KEYS, width))
}

/** As many as there is room for. */
function hints(keys: readonly string[], width: number): string {
  return keys.reduce((line, key) => {
    const longer = line === '' ? key : `${line}  ${key}`
    return stringWidth(longer) <= width ? longer : line
  }, '')
}

/** Lines for the tables: without the head, the foot, and around each section a title and an empty line. */
function roomFor(sections: readonly Section[], height: number): number {
  return height - 3 - 2 * sections.length
}

/** What each section gets before there is a further one that could be done without: its titles and some rows. */
const FAIR = 5

/** All sections; where there is no room for the titles and a row of each, the main ones, or the one with the selection. */
function fitting(all: readonly Section[], height: number): readonly Section[] {
  const fairly = all.reduce((sum, { table }) => sum + Math.min(table.length, FAIR), 0)
  if (roomFor(all, height) >= fairly) return all
  const isRoomy = (some: readonly Section[]) => roomFor(some, height) >= 2 * some.length
  const usual = all.filter(({ isExtra }) => isExtra !== 'spare')
  if (isRoomy(usual)) return usual
  const sections = all.filter(({ isExtra }) => !isExtra)
  if (isRoomy(sections)) return sections
  const at = sections.findIndex(({ selected }) => selected !== undefined)
  return sections.slice(Math.max(0, at)).slice(0, 1)
}

function sectionsOf(view: View, width: number): Section[] {
  const { snapshot, rows, canList } = view
  const { at, queues, tasks, dead, workers, throughput } = snapshot
  const queuesPart = {
    title: `QUEUES (${queues.length})`,
    table: statusTable(queues, width, { workers, throughput }),
    selected: rows.selectedIn('queues'),
  }
  const others = [
    ...endedParts(snapshot, width),
    ...workersParts(snapshot, width),
    ...scheduleParts(view, width),
  ]
  if (!canList) return [queuesPart, ...others]
  return [
    queuesPart,
    ...others,
    {
      title: 'RUNNING AND NEXT',
      table: taskTable(tasks, at, width, runnersOf(workers)),
      selected: rows.selectedIn('tasks'),
    },
    {
      title: `DEAD LETTERS (${queues.reduce((sum, queue) => sum + queue.dead, 0)})`,
      table: deadTable(dead, at, width),
      selected: rows.selectedIn('dead'),
    },
  ]
}

/** How tasks have ended, where any have. */
function endedParts({ throughput = [] }: Snapshot, width: number): Section[] {
  if (throughput.length === 0) return []
  return [
    { title: 'ENDED', table: throughputTable(throughput, width), selected: undefined, isExtra: 'spare' },
  ]
}

/** The workers, also when there are none; nothing where the store does not know them. */
function workersParts({ at, workers, queues }: Snapshot, width: number): Section[] {
  if (!workers) return []
  const title = `WORKERS (${workers.length})`
  return [{ title, table: workerTable(workers, queues, at, width), selected: undefined, isExtra: true }]
}

/** The schedules, where there are any. */
function scheduleParts({ gator, rows, snapshot: { schedules } }: View, width: number): Section[] {
  if (schedules.length === 0) return []
  const title = `SCHEDULES (${schedules.length})`
  return [{ title, table: scheduleTable(gator, schedules, width), selected: rows.selectedIn('schedules') }]
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
