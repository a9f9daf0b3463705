import stringWidth from 'fast-string-width'

// How text is made to fit, so that what is left still says something. Each gives text of at most `width` characters of a terminal.

const MORE = '…'

/** `it never wo…`: for sentences, whose beginning says most. */
export function cutEnd(text: string, width: number): string {
  if (stringWidth(text) <= width) return text
  let kept = ''
  let room = width - 1
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    room -= stringWidth(segment)
    if (room < 0) break
    kept += segment
  }
  return width < 1 ? '' : kept + MORE
}

/** `waits for…`: between two words, where there are any. */
export function cutWords(text: string, width: number): string {
  const cut = cutEnd(text, width)
  return cut === text || !cut.includes(' ') ? cut : `${cut.slice(0, cut.lastIndexOf(' '))}${MORE}`
}

/** `…/tasks.db`: for paths and hosts, whose end says most. */
export function cutStart(text: string, width: number): string {
  if (stringWidth(text) <= width) return text
  const segments = Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment)
  let kept = ''
  let room = width - 1
  for (const segment of segments.toReversed()) {
    room -= stringWidth(segment)
    if (room < 0) break
    kept = segment + kept
  }
  return width < 1 ? '' : MORE + kept
}

/** `src/mail/send#sendWelcome` as `…/send#sendWelcome`, or `sendWelcome`: the function is named for as long as there is room. */
export function cutName(name: string, width: number): string {
  if (stringWidth(name) <= width) return name
  const module = name.slice(name.lastIndexOf('/') + 1)
  const callable = name.slice(name.lastIndexOf('#') + 1)
  const whole = [`${MORE}/${module}`, callable].find((text) => stringWidth(text) <= width)
  return whole ?? cutEnd(callable, width)
}

/** `mail, all +3`: as many of a list as there is room for, and how many more there are. */
export function cutList(text: string, width: number): string {
  if (stringWidth(text) <= width) return text
  const items = text.split(', ')
  for (let count = items.length - 1; count > 0; count -= 1) {
    const some = `${items.slice(0, count).join(', ')} +${items.length - count}`
    if (stringWidth(some) <= width) return some
  }
  const more = items.length > 1 ? ` +${items.length - 1}` : ''
  return cutEnd(items[0] ?? '', width - more.length) + more
}

/** Text as lines, broken between its words where there are any; each line but the first begins with `indent`. */
export function wrap(text: string, width: number, indent: string = ''): string[] {
  const lines: string[] = []
  let rest = text
  while (stringWidth(rest) > width) {
    const part = cutEnd(rest, width + 1).slice(0, -MORE.length)
    const at = part.lastIndexOf(' ')
    const line = part.slice(0, at).trim() === '' ? part : part.slice(0, at)
    lines.push(line)
    rest = indent + rest.slice(line.length).trimStart()
  }
  return [...lines, rest]
}
