import type { PushItem } from '@alligator/core'
import { packId } from './stored.js'

/** Whether a task waits for others, or is a member of a batch. */
export function hasTie({ after, batch }: PushItem): boolean {
  return after !== undefined || batch !== undefined
}

/** What tasks wait for, and the batches of which they are members, as the scripts read it: JSON, each by its place. */
export function tiesOf(items: readonly PushItem[]): string {
  const seen = new Set<string>()
  const ties = items.flatMap((item, place) => {
    // Of two with the same id the first is written.
    const isFirst = !seen.has(item.taskId)
    seen.add(item.taskId)
    if (!isFirst || !hasTie(item)) return []
    const { after, batch } = item
    const how = after ? (after.inAnyCase ? 'a' : 's') : ''
    return [[place, batch === undefined ? '' : packId(batch), how, (after?.taskIds ?? []).map(packId)]]
  })
  return JSON.stringify(ties)
}

/** The same tasks, each behind those of them that it waits for: so that some can be written before the others. */
export function inOrder(items: readonly PushItem[]): readonly PushItem[] {
  const byId = new Map(items.map((item) => [item.taskId, item]))
  const done = new Set<PushItem>()
  const sorted: PushItem[] = []
  for (const first of items) {
    const path = [first]
    for (let item = path.at(-1); item; item = path.at(-1)) {
      const isNew = !done.has(item)
      done.add(item)
      const others = isNew ? (item.after?.taskIds ?? []) : []
      const before = others.flatMap((id) => byId.get(id) ?? []).filter((other) => !done.has(other))
      if (isNew) path.push(...before)
      if (path.at(-1) !== item) continue
      path.pop()
      sorted.push(item)
    }
  }
  return [...new Set(sorted)]
}
