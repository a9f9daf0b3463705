import type { FrameView, StoreView } from '../views.js'

/** What the server said with the page. */
export const frame: FrameView = JSON.parse(
  document.body.dataset['frame'] ?? '{"stores":[],"access":"read"}',
) as FrameView

/** The path that the dashboard is mounted at, without a slash at its end. */
export const base: string = document.body.dataset['base'] ?? ''

export const mayWrite: boolean = frame.access === 'write'

const NONE: StoreView = { name: '', kind: '', lacks: {}, exactCounts: true }

export function storeNamed(name: string | undefined): StoreView {
  return frame.stores.find((store) => store.name === name) ?? frame.stores[0] ?? NONE
}
