import { useEffect } from 'preact/hooks'
import type { StoreView } from '../views.js'
import { say } from './notices.js'
import { go, linkTo } from './route.js'

const PAGES: Readonly<Record<string, string>> = {
  q: 'overview',
  b: 'batches',
  d: 'dead',
  w: 'workers',
  s: 'schedules',
}

/** Milliseconds between two keys that belong together. */
const TOGETHER = 1500

/** Keys for those who do not reach for the mouse: `g` and a letter goes to a page, `/` into the search, `?` says so. */
export function useShortcuts(store: StoreView): void {
  useEffect(() => {
    let began = 0
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
      const page = PAGES[event.key]
      if (page !== undefined && Date.now() - began < TOGETHER) go(linkTo(page, { store: store.name }))
      began = event.key === 'g' ? Date.now() : 0
      if (event.key === '/') {
        const search = document.querySelector<HTMLInputElement>('[data-search]')
        if (!search) return
        event.preventDefault()
        search.focus()
      }
      if (event.key === '?')
        say(
          'Keys: g q queues, g b batches, g d dead letters, g w workers, g s schedules, / search, Esc closes',
        )
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [store.name])
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  return target.matches('input:not([type=checkbox]), select, textarea') || target.closest('dialog') !== null
}
