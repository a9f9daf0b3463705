import Table from 'cli-table3'
import stringWidth from 'fast-string-width'
import { colors } from './terminal.js'

/** One column of a table. */
export interface Column {
  readonly title: string
  readonly align?: 'right'
  /** It may be cut down to a number of characters where the terminal is narrow. (Default: never cut) */
  readonly least?: number
  /** It may be left out altogether. */
  readonly optional?: boolean
}

const GAP = 2
const NO_LINES = Object.fromEntries(
  ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right']
    .concat(['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'])
    .map((place) => [place, '']),
)

/** The lines of a table that is at most so wide, its titles first. Cells must be printable; they may have colours. */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): string[] {
  const natural = columns.map(({ title }, at) =>
    rows.reduce((most, row) => Math.max(most, stringWidth(row[at] ?? '')), stringWidth(title)),
  )
  const widths = fit(columns, natural, width)
  const shown = columns.map((_, at) => at).filter((at) => (widths[at] ?? 0) > 0)
  const table = new Table({
    head: shown.map((at) => colors.bold(columns[at]?.title ?? '')),
    colWidths: shown.map((at) => (widths[at] ?? 0) + GAP),
    colAligns: shown.map((at) => columns[at]?.align ?? 'left'),
    chars: NO_LINES,
    style: { 'padding-left': 0, 'padding-right': GAP, head: [], border: [], compact: true },
  })
  table.push(...rows.map((row) => shown.map((at) => row[at] ?? '')))
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
}

/** The widths of the columns; 0 for one that is left out. */
function fit(columns: readonly Column[], natural: readonly number[], width: number): readonly number[] {
  const widths = shrink(columns, natural, width)
  const last = columns.findLastIndex(({ optional }, at) => optional && natural[at] !== 0)
  return total(widths) <= width || last < 0 ? widths : fit(columns, natural.with(last, 0), width)
}

/** Takes from the widest first. */
function shrink(columns: readonly Column[], natural: readonly number[], width: number): number[] {
  const widths = [...natural]
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
