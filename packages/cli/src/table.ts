import stringWidth from 'fast-string-width'
import { cutEnd } from './shorten.js'
import { colors } from './terminal.js'

/** One column of a table. */
export interface Column {
  readonly title: string
  readonly align?: 'right'
  /** The fewest characters that it is shortened to where the terminal is narrow. (Default: its cells are shown whole) */
  readonly least?: number
  /** How its cells are shortened. (Default: they lose their ends) */
  readonly shorten?: (text: string, width: number) => string
  /** It may be left out; where there is no room, the column with the highest number goes first. (Default: it stays) */
  readonly spare?: number
}

/** Text that is printable, or that with a colour. */
export type Cell = string | { readonly text: string; readonly paint: (text: string) => string }

/** A cell outside of a table. */
export function painted(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.paint(cell.text)
}

/** Between two columns. */
const GAP = 2

/** The lines of a table that is at most so wide, its titles first: columns are shortened, then left out. */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  width: number,
): string[] {
  const natural = columns.map(({ title }, at) =>
    rows.reduce((most, row) => Math.max(most, stringWidth(textOf(row[at]))), stringWidth(title)),
  )
  const widths = fit(columns, natural, width)
  const shown = columns.flatMap((column, at) => {
    const room = widths[at] ?? 0
    return room > 0 ? [{ column, at, room }] : []
  })
  const titles = shown.map(({ column, room }) => pad(column, cutEnd(column.title, room), room, colors.bold))
  const lines = rows.map((row) => shown.map(({ column, at, room }) => cellText(column, row[at], room)))
  return [titles, ...lines].map((cells) => cells.join(' '.repeat(GAP)).trimEnd())
}

function textOf(cell: Cell = ''): string {
  return typeof cell === 'string' ? cell : cell.text
}

function cellText(column: Column, cell: Cell = '', room: number): string {
  const text = textOf(cell)
  const fitting = stringWidth(text) > room ? (column.shorten ?? cutEnd)(text, room) : text
  return pad(column, fitting, room, typeof cell === 'string' ? String : cell.paint)
}

function pad({ align }: Column, text: string, width: number, paint: (text: string) => string): string {
  const space = ' '.repeat(Math.max(0, width - stringWidth(text)))
  return align === 'right' ? space + paint(text) : paint(text) + space
}

/** The widths of the columns; 0 for one that is left out. */
function fit(columns: readonly Column[], natural: readonly number[], width: number): readonly number[] {
  const widths = shrink(columns, natural, width)
  const [first] = [...columns.keys()]
    .filter((at) => columns[at]?.spare !== undefined && natural[at] !== 0)
    .sort((one, other) => (columns[other]?.spare ?? 0) - (columns[one]?.spare ?? 0))
  return total(widths) <= width || first === undefined ? widths : fit(columns, natural.with(first, 0), width)
}

/** Takes from the widest first. */
function shrink(columns: readonly Column[], natural: readonly number[], width: number): number[] {
  // What is longer than the terminal is not taken from one by one.
  const widths = natural.map((own, at) => {
    const { least } = columns[at] ?? {}
    return least === undefined ? own : Math.min(own, Math.max(width, least))
  })
  const slack = (at: number) => (widths[at] ?? 0) - (columns[at]?.least ?? Number.POSITIVE_INFINITY)
  for (let over = total(widths) - width; over > 0; over -= 1) {
    const [widest] = [...widths.keys()].sort((one, other) => slack(other) - slack(one))
    if (widest === undefined || slack(widest) <= 0) break
    widths[widest] = (widths[widest] ?? 0) - 1
  }
  return widths
}

function total(widths: readonly number[]): number {
  const shown = widths.filter((width) => width > 0)
  return shown.reduce((sum, width) => sum + width, GAP * (shown.length - 1))
}
