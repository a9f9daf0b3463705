const whole = new Intl.NumberFormat('en')
const fine = new Intl.NumberFormat('en', { maximumFractionDigits: 1 })
const finer = new Intl.NumberFormat('en', { maximumSignificantDigits: 2 })

export function count(value: number): string {
  return whole.format(value)
}

export function rate(value: number): string {
  if (value === 0) return '0'
  return Math.abs(value) >= 10 ? fine.format(Math.round(value)) : finer.format(value)
}

export function percent(share: number): string {
  return share > 0 && share < 0.001 ? 'under 0.1%' : `${fine.format(share * 100)}%`
}

export function plural(value: number, one: string, many: string = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`
}

const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
] as const

/** `3h 20m`: the two largest units. */
export function length(seconds: number): string {
  if (seconds < 1) return seconds < 0.001 ? '0s' : `${Math.max(1, Math.round(seconds * 1000))}ms`
  const at = UNITS.findIndex(([, size]) => seconds >= size)
  const [unit, size] = UNITS[at] ?? ['s', 1]
  const first = Math.floor(seconds / size)
  const [smaller, part] = UNITS[at + 1] ?? [undefined, 1]
  const rest = smaller === undefined ? 0 : Math.floor((seconds - first * size) / part)
  return rest > 0 ? `${first}${unit} ${rest}${smaller}` : `${first}${unit}`
}

export function ago(at: number, now: number): string {
  const seconds = now - at
  return seconds < 1 && seconds > -1
    ? 'now'
    : seconds > 0
      ? `${length(seconds)} ago`
      : `in ${length(-seconds)}`
}

const moments = new Intl.DateTimeFormat('en-GB', {
  ...({ day: '2-digit', month: 'short', year: 'numeric' } as const),
  ...({ hour: '2-digit', minute: '2-digit', second: '2-digit', timeZoneName: 'short' } as const),
})

export function moment(at: number): string {
  const date = new Date(at * 1000)
  return Number.isNaN(date.getTime()) ? 'at no time' : moments.format(date)
}

const sizes = ['bytes', 'kB', 'MB', 'GB']

export function bytes(size: number): string {
  let at = 0
  while (size >= 1000 && at < sizes.length - 1) {
    size /= 1000
    at += 1
  }
  return `${fine.format(size)} ${sizes[at]}`
}

/** What would not be seen, or would turn the text around it: control characters, marks of direction, halves of pairs. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/** Parts of a text that came out of a queue: what would not be seen is escaped. `lines`: line breaks and tabs may stay. */
export function visible(
  text: string,
  lines = false,
): readonly { readonly text: string; readonly isEscape: boolean }[] {
  const parts: { text: string; isEscape: boolean }[] = []
  let from = 0
  for (const { 0: found, index } of text.matchAll(UNSEEN)) {
    if (lines && (found === '\n' || found === '\t')) continue
    if (index > from) parts.push({ text: text.slice(from, index), isEscape: false })
    const units = Array.from({ length: found.length }, (_, at) =>
      found.charCodeAt(at).toString(16).padStart(4, '0'),
    )
    parts.push({ text: units.map((unit) => `\\u${unit}`).join(''), isEscape: true })
    from = index + found.length
  }
  if (from < text.length) parts.push({ text: text.slice(from), isEscape: false })
  return parts
}

export function plain(text: string): string {
  return visible(text)
    .map((part) => part.text)
    .join('')
}
