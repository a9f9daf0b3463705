/** Who has chosen JavaScript once has chosen it for every block of every page, and likewise npm, pnpm or yarn. */

const KEY = 'alligator-docs-choices'

const labelOf = (input: Element) => document.querySelector(`label[for="${input.id}"]`)?.textContent ?? ''

const choices = (): string[] => JSON.parse(localStorage.getItem(KEY) ?? '[]') as string[]

const tabsOf = (group: Element) => [...group.querySelectorAll<HTMLInputElement>('.tabs input')]

/** Shows what was chosen in each group that has it. */
function apply(): void {
  const chosen = choices()
  for (const group of document.querySelectorAll('.vp-code-group')) {
    const tab = tabsOf(group).find((input) => chosen.includes(labelOf(input)))
    if (tab?.checked === false) tab.click()
  }
}

function choose({ isTrusted, target }: MouseEvent): void {
  // The theme shows a tab that was clicked; clicks that are made above are not a reader's.
  if (!isTrusted || !(target instanceof HTMLInputElement)) return
  const group = target.closest('.vp-code-group')
  if (group === null) return
  const others = tabsOf(group).map(labelOf)
  const kept = choices().filter((choice) => !others.includes(choice))
  localStorage.setItem(KEY, JSON.stringify([...kept, labelOf(target)]))
  const { top } = group.getBoundingClientRect()
  apply()
  // The theme has scrolled to each tab, and blocks above may have become longer or shorter.
  scrollBy({ top: group.getBoundingClientRect().top - top, behavior: 'instant' })
}

export function keepChoices(router: { onAfterRouteChange?: (to: string) => void }): void {
  if (typeof window === 'undefined') return
  window.addEventListener('click', choose)
  // By then the page is there.
  router.onAfterRouteChange = () => void setTimeout(apply)
}
