/** What is counted of attempts that have ended, in the order in which stores keep it. */
export const TALLY_NAMES: readonly (keyof Tally)[] = [
  ...(['success', 'retry', 'snoozed', 'dead', 'canceled', 'lost'] as const),
  ...(['runs', 'seconds'] as const),
]

/** How attempts of tasks have ended: a number for each outcome, by the names of the events. */
export interface Tally {
  readonly success: number
  readonly retry: number
  readonly snoozed: number
  readonly dead: number
  readonly canceled: number
  readonly lost: number
  /** How many of them have run: what was dead before it began, or canceled, has not. */
  readonly runs: number
  /** How long those have run, all together. */
  readonly seconds: number
}

/** What was counted within one minute, or one hour. */
export interface TallySpan extends Tally {
  /** Unix time in seconds by the store. */
  readonly start: number
}

/** What a store has kept of a queue, by spans of time: those in which nothing ended are left out. Oldest first. */
export interface KeptTallies {
  /** Unix time in seconds by the store. */
  readonly now: number
  /** Of the last 60 minutes, the present one included. */
  readonly minutes: readonly TallySpan[]
  /** Of the last 24 hours, the present one included. */
  readonly hours: readonly TallySpan[]
}

/** Seconds of a span, and how many of them are kept: the present one and those before it. */
export const TALLY_SPANS: Readonly<
  Record<'minutes' | 'hours', { readonly length: number; readonly most: number }>
> = {
  minutes: { length: 60, most: 60 },
  hours: { length: 3600, most: 24 },
}

/** A span as a store keeps it: its length in seconds, its start in Unix seconds, and the numbers in the order of {@link TALLY_NAMES}. */
export type TallyRow = readonly [length: number, start: number, ...numbers: number[]]

/**
 * What stores give, of the rows that they keep: those that are over are left out.
 *
 * @example
 * ```ts
 * const kept = keptTallies(1_767_225_600, [[60, 1_767_225_600, 1, 0, 0, 0, 0, 0, 1, 0.25]])
 * ```
 */
export function keptTallies(now: number, rows: readonly TallyRow[]): KeptTallies {
  const spansOf = ({ length, most }: { readonly length: number; readonly most: number }) => {
    const first = startOf(now, length) - (most - 1) * length
    return rows
      .filter(([ofLength, start]) => ofLength === length && start >= first)
      .map(([, start, ...numbers]) => ({ start, ...tallyOf(numbers) }))
      .sort((one, other) => one.start - other.start)
  }
  return { now, minutes: spansOf(TALLY_SPANS.minutes), hours: spansOf(TALLY_SPANS.hours) }
}

/** When the span begins that a moment is in, both in Unix seconds. */
export function startOf(moment: number, length: number): number {
  return Math.floor(moment / length) * length
}

/** A tally of the numbers in the order of {@link TALLY_NAMES}. */
export function tallyOf(numbers: readonly number[]): Tally {
  const entries = TALLY_NAMES.map((name, at) => [name, numbers[at] ?? 0] as const)
  return Object.fromEntries(entries) as Record<keyof Tally, number>
}

/** The other way round. */
export function tallyNumbers(tally: Tally): number[] {
  return TALLY_NAMES.map((name) => tally[name])
}
