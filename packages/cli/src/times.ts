const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
] as const

/** A length of time in one unit: `3.2s`, `45s`, `12m`, `3h`, `8d`. */
export function lengthOf(seconds: number): string {
  const [unit, size] = UNITS.find(([, least]) => seconds >= least) ?? ['s', 1]
  const value = Math.max(0, seconds) / size
  return `${value < 10 && size === 1 ? value.toFixed(1) : Math.floor(value)}${unit}`
}

/** A moment as people in any time zone read it, to the second. */
export function momentOf(unixSeconds: number): string {
  const date = new Date(unixSeconds * 1000)
  // A payload may claim any number.
  return Number.isNaN(date.getTime()) ? String(unixSeconds) : `${date.toISOString().slice(0, 19)}Z`
}
