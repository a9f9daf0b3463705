import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { StoreView } from '../views.js'
import { Dialogs } from './dialogs.js'
import { plain } from './format.js'
import { frame, mayWrite, storeNamed } from './frame.js'
import { type Notice, onNotices } from './notices.js'
import { BatchPage } from './pages/batch.js'
import { BatchesPage } from './pages/batches.js'
import { DeadPage } from './pages/dead.js'
import { Overview } from './pages/overview.js'
import { QueuePage } from './pages/queue.js'
import { SchedulesPage } from './pages/schedules.js'
import { TaskPage } from './pages/task.js'
import { WorkersPage } from './pages/workers.js'
import { Foreign } from './parts.js'
import { type Route, go, linkTo, useRoute } from './route.js'
import { useShortcuts } from './shortcuts.js'
import { type Mode, onMode } from './use-live.js'

const TABS = [
  ['overview', 'Queues', 'M3 5h14M3 10h14M3 15h9'],
  ['batches', 'Batches', 'M3.5 3.5h5v5h-5zM11.5 3.5h5v5h-5zM3.5 11.5h5v5h-5zM11.5 11.5h5v5h-5z'],
  ['dead', 'Dead letters', 'M10 3 2.5 16.5h15zM10 8.5v3.5M10 14.2v.3'],
  ['workers', 'Workers', 'M4 4h12v5H4zM4 11h12v5H4zM7 6.5h.1M7 13.5h.1'],
  ['schedules', 'Schedules', 'M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14M10 6v4.2l2.6 1.8'],
] as const

export function App(): JSX.Element {
  const route = useRoute()
  const store = storeNamed(route.params['store'])
  const [mode, setMode] = useState<Mode>('starting')
  useEffect(() => onMode(setMode), [])
  useShortcuts(store)
  const title = titleOf(route)
  useEffect(() => {
    document.title = `${plain(title)} · Alligator`
    scrollTo(0, 0)
  }, [title, route.page])
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        Skip to the content
      </a>
      <header class="top">
        <a class="brand" href={linkTo('overview', { store: store.name })}>
          <svg viewBox="0 14 156 44" aria-hidden="true">
            <path class="dark" d="M92 41h58q-3 9-15 9H92Z" />
            <path d="M2 50q14-4 22-15 5-7 15-8l5-7 5 7h4l5-8 5 8h4l5-8 5 8h4l5-7 5 7h9q2-10 11-10t11 9l24 4q10 2 10 8 0 4-5 4H98q-5 0-6 5v9H80v-7H56v7H44v-7H30Q14 53 2 50Z" />
            <path class="light" d="m112 41 3 5.5 3-5.5zm11 0 3 5.5 3-5.5zm11 0 3 5.5 3-5.5z" />
            <circle class="light" cx="111" cy="25" r="4.6" />
            <circle class="eye" cx="112.5" cy="25" r="2.1" />
          </svg>
          <span>Alligator</span>
        </a>
        <nav class="main-nav" aria-label="Pages">
          {TABS.map(([page, label, icon]) => (
            <a
              key={page}
              href={linkTo(page, { store: store.name })}
              aria-current={tabOf(route.page) === page ? 'page' : undefined}
            >
              <svg viewBox="0 0 20 20" aria-hidden="true">
                <path d={icon} />
              </svg>
              {label}
            </a>
          ))}
        </nav>
        <div class="top-end">
          <Stores store={store} page={route.page} />
          {!mayWrite && <span class="flag">read only</span>}
          <ModeMark mode={mode} />
        </div>
      </header>
      {mode === 'offline' && (
        <div class="offline" role="alert">
          The server cannot be reached. What you see is from before, and it is tried again.
        </div>
      )}
      <main id="main" tabIndex={-1}>
        <Page key={`${route.page}?${store.name}`} route={route} store={store} />
      </main>
      <Notices />
      <Dialogs />
    </>
  )
}

function skip(event: Event): void {
  event.preventDefault()
  document.getElementById('main')?.focus()
}

function tabOf(page: string): string {
  if (page === 'batch') return 'batches'
  return page === 'queue' || page === 'task' ? 'overview' : page
}

function titleOf({ page, params }: Route): string {
  if (page === 'queue') return params['queue'] ?? 'Queue'
  if (page === 'task') return `Task ${params['id'] ?? ''}`
  if (page === 'batch') return `Batch ${params['id'] ?? ''}`
  return TABS.find(([name]) => name === page)?.[1] ?? 'Queues'
}

function Page({
  route: { page, params },
  store,
}: {
  readonly route: Route
  readonly store: StoreView
}): JSX.Element {
  if (page === 'queue') return <QueuePage store={store} params={params} />
  if (page === 'task') return <TaskPage store={store} params={params} />
  if (page === 'batches') return <BatchesPage store={store} params={params} />
  if (page === 'batch') return <BatchPage store={store} params={params} />
  if (page === 'dead') return <DeadPage store={store} queue={params['queue']} />
  if (page === 'workers') return <WorkersPage store={store} />
  if (page === 'schedules') return <SchedulesPage store={store} />
  return <Overview store={store} />
}

/** Which store it is: a choice, where there are several. */
function Stores({ store, page }: { readonly store: StoreView; readonly page: string }): JSX.Element {
  if (frame.stores.length < 2) return <span class="kind">{store.kind}</span>
  const to = ['batches', 'dead', 'workers', 'schedules'].includes(page) ? page : 'overview'
  return (
    <label class="select">
      <span class="sr">Store</span>
      <select value={store.name} onChange={(event) => go(linkTo(to, { store: event.currentTarget.value }))}>
        {frame.stores.map(({ name, kind }) => (
          <option key={name} value={name}>
            {plain(name)} · {kind}
          </option>
        ))}
      </select>
    </label>
  )
}

const MODES: Readonly<Record<Mode, string>> = {
  starting: 'Connecting',
  live: 'Live',
  polling: 'Every 3 s',
  offline: 'Offline',
}

function ModeMark({ mode }: { readonly mode: Mode }): JSX.Element {
  return (
    <span class={`mode ${mode}`} role="status">
      <i class="dot" />
      {MODES[mode]}
    </span>
  )
}

function Notices(): JSX.Element {
  const [notices, setNotices] = useState<readonly Notice[]>([])
  useEffect(() => onNotices(setNotices), [])
  return (
    <div class="notices" role="status" aria-live="polite">
      {notices.map(({ id, text, kind }) => (
        <p key={id} class={kind}>
          <Foreign text={text} />
        </p>
      ))}
    </div>
  )
}
