// What waits at another level than the usual one has the state 1 and a `due` long ago: see `schema.ts`.

/** Microseconds for the tasks that wait at one level, and how many such spans there are before 1970: each has its own. */
export const SPAN: number = 2 ** 50
const SPANS = 6
/** Where the span of a level begins, or what waits at it stands: long ago, and never NULL but at the usual level. */
export function longAgo(level: string, seq: string): string {
  return `(timestamptz 'epoch' + ((${level} - ${SPANS})::bigint * ${SPAN} + ${seq}) * interval '1 microsecond')`
}
/** The state of a task that waits. */
export const WAITS = 'CASE WHEN priority IS NULL THEN 0 ELSE 1 END'
