import { printable } from './printable.js'

/** Ids that Alligator makes begin with the time, and those of one moment alike: their ends tell them apart. */
const MADE = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
/** Characters of an end that are shown where that is enough. */
const USUAL = 8
const LAST_GROUP = 12

/**
 * The ids of a table as people can read and type them: of ids that Alligator made as much of their ends as tells them apart. Where output
 * is for programs (`width` is infinite), and of ids of the app's own, all of it.
 */
export function shortIds(ids: readonly string[], width: number): string[] {
  if (!Number.isFinite(width)) return ids.map(printable)
  const made = [...new Set(ids.filter((id) => MADE.test(id)))]
  let length = USUAL
  // Of more than the last group of digits, all of it: what begins with a hyphen would be read as an option.
  while (length < 36 && new Set(made.map((id) => id.slice(-length))).size < made.length)
    length = length < LAST_GROUP ? length + 1 : 36
  return ids.map((id) => printable(MADE.test(id) ? id.slice(-length) : id))
}

/** One id, where no other is shown beside it. */
export function shortId(id: string): string {
  const [short = id] = shortIds([id], 0)
  return short
}
