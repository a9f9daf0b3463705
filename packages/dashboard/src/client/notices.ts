/** A line that says what was done, or what was not. */
export interface Notice {
  readonly id: number
  readonly text: string
  readonly kind: 'good' | 'bad'
}

/** Milliseconds that one is shown. */
const SHOWN = 6000

let notices: readonly Notice[] = []
let last = 0
let changed: (notices: readonly Notice[]) => void = () => undefined

export function say(text: string, kind: Notice['kind'] = 'good'): void {
  const notice = { id: (last += 1), text, kind }
  set([...notices, notice].slice(-3))
  setTimeout(() => set(notices.filter(({ id }) => id !== notice.id)), SHOWN)
}

export function onNotices(listener: (notices: readonly Notice[]) => void): void {
  changed = listener
}

function set(to: readonly Notice[]): void {
  notices = to
  changed(to)
}
