import { readFileSync, writeFileSync } from 'node:fs'

const FILE = new URL('../../../docs/measured-faults.md', import.meta.url)
const BEGIN = '<!-- Written by `npm run chaos -- --write`. -->'
const END = '<!-- The end of what it writes. -->'

/** Puts the table between its two marks in the documents. */
export function writeTable(report: string): void {
  const text = readFileSync(FILE, 'utf8')
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)]
  if (begin < 0 || end < begin) throw new Error(`docs/measured-faults.md has no ${BEGIN} … ${END} any more.`)
  writeFileSync(FILE, `${text.slice(0, begin)}${BEGIN}\n\n${report}\n\n${text.slice(end)}`)
}
