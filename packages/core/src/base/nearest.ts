/** The one of these names that a mistyped one is surely meant to be. */
export function nearest(given: string, names: readonly string[]): string | undefined {
  // One slip in short names, two in long ones; a name that is longer than all of them is no slip.
  const most = given.length < 5 ? 1 : 2
  const close = names
    .filter((name) => Math.abs(name.length - given.length) <= most)
    .map((name) => ({ name, distance: distance(given.toLowerCase(), name.toLowerCase()) }))
    .filter((each) => each.distance <= most)
    .sort((a, b) => a.distance - b.distance)
  return close[0]?.name
}

/** How many letters must be put in, taken out, changed or swapped with the next to make one word of the other. */
function distance(a: string, b: string): number {
  let [beforeLast, last]: [number[], number[]] = [[], Array.from({ length: b.length + 1 }, (_, at) => at)]
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1
      const swap = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (beforeLast[j - 2] ?? i) + 1 : Infinity
      row.push(Math.min((row[j - 1] ?? 0) + 1, (last[j] ?? 0) + 1, (last[j - 1] ?? 0) + change, swap))
    }
    ;[beforeLast, last] = [last, row]
  }
  return last[b.length] ?? 0
}
