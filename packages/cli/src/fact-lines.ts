import { colors } from './terminal.js'

/** What it is, and what there is to tell; null and undefined: nothing. */
export type Fact = readonly [title: string, text: string | null | undefined]

/** What is told of something, a line for each fact. */
export function factLines(facts: readonly Fact[]): string[] {
  return facts.flatMap(([title, text]) => (text == null ? [] : [`${colors.bold(title.padEnd(10))}  ${text}`]))
}
