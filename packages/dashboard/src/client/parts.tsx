import type { StoredState } from '@alligator/core'
import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Value } from '../views.js'
import { ago, bytes, moment, plain, visible } from './format.js'
import type { Live } from './use-live.js'

/** Text that came out of a queue. */
export function Foreign({
  text,
  lines = false,
}: {
  readonly text: string
  readonly lines?: boolean
}): JSX.Element {
  return (
    <bdi>
      {visible(text, lines).map((part) =>
        part.isEscape ? <span class="escape">{part.text}</span> : part.text,
      )}
    </bdi>
  )
}

/** The name of a function, its module less loud. */
export function FunctionName({ name }: { readonly name: string | null }): JSX.Element {
  if (name === null) return <span class="soft">unreadable</span>
  const at = name.lastIndexOf('#') + 1
  return (
    <span class="function" title={plain(name)}>
      <span class="callable">
        <Foreign text={name.slice(at)} />
      </span>
      {at > 0 && (
        <span class="module">
          <Foreign text={name.slice(0, at - 1)} />
        </span>
      )}
    </span>
  )
}

const WORDS: Readonly<Record<StoredState, string>> = {
  waiting: 'waiting',
  running: 'running',
  delayed: 'delayed',
  dead: 'dead',
}

export function State({ state }: { readonly state: StoredState | 'paused' }): JSX.Element {
  return (
    <span class={`state ${state}`}>
      <i class="dot" />
      {state === 'paused' ? 'paused' : WORDS[state]}
    </span>
  )
}

export function Time({
  at,
  now,
}: {
  readonly at: number | null | undefined
  readonly now: number
}): JSX.Element {
  if (at === null || at === undefined) return <span class="soft">unknown</span>
  return <time title={moment(at)}>{ago(at, now)}</time>
}

/** What time it is by the server, each second. */
export function useNow(at: number | undefined): number {
  const offset = useRef(0)
  const [, tick] = useState(0)
  if (at !== undefined) offset.current = Math.max(offset.current || -Infinity, at - Date.now() / 1000)
  useEffect(() => {
    const timer = setInterval(() => tick((count) => count + 1), 1000)
    return () => clearInterval(timer)
  }, [])
  return Date.now() / 1000 + offset.current
}

/** A value in full, or as much of it as there is. */
export function Code({ value, label }: { readonly value: Value; readonly label: string }): JSX.Element {
  return (
    <div class="code">
      {/* Long ones scroll, which a keyboard must be able to do. */}
      <pre tabIndex={0} aria-label={label}>
        <Foreign text={value.text} lines />
      </pre>
      {value.size !== undefined && <p class="cut">The first 4 kB of {bytes(value.size)} are shown.</p>}
    </div>
  )
}

export function Empty({
  title,
  children,
}: {
  readonly title: string
  readonly children?: ComponentChildren
}): JSX.Element {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children && <p>{children}</p>}
    </div>
  )
}

/** What a store cannot do, and why. */
export function Lacks({ what, why }: { readonly what: string; readonly why: string }): JSX.Element {
  return (
    <div class="empty lacks">
      <p class="empty-title">{what}</p>
      <p>{why}</p>
    </div>
  )
}

/** A page while it comes, and when it does not. */
export function Loaded<T>({
  live,
  children,
}: {
  readonly live: Live<T>
  readonly children: (data: T) => ComponentChildren
}): JSX.Element {
  const { data, trouble, mode } = live
  return (
    <>
      {trouble && (
        <div class="trouble" role="alert">
          <strong>{TITLES[trouble.code] ?? 'This could not be read.'}</strong> {trouble.message}
          {data ? ' What you see is from before.' : ' It is tried again.'}
        </div>
      )}
      {data ? (
        <div class={live.isStale || trouble ? 'stale' : ''}>{children(data)}</div>
      ) : trouble ? null : mode === 'offline' ? (
        <Empty title="Nothing to show yet">The server cannot be reached. It is tried again.</Empty>
      ) : (
        <Skeleton />
      )}
    </>
  )
}

const TITLES: Readonly<Record<string, string>> = {
  STORE_SLOW: 'The store is slow.',
  STORE_BUSY: 'The store is slow.',
  STORE_UNAVAILABLE: 'The store is away.',
  FORBIDDEN: 'You are signed out.',
}

export function Skeleton(): JSX.Element {
  return (
    <div class="skeleton" aria-busy="true">
      <span class="sr">Loading</span>
      {['a', 'b', 'c', 'd', 'e', 'f'].map((key) => (
        <i key={key} />
      ))}
    </div>
  )
}

interface ButtonProps {
  readonly children: ComponentChildren
  readonly onClick: () => unknown
  /** Why it cannot be pressed. */
  readonly why?: string | undefined
  readonly kind?: 'plain' | 'main' | 'danger'
  readonly label?: string
}

/** A button that says why where it cannot be pressed, and cannot be pressed twice while it works. */
export function Button({ children, onClick, why, kind = 'plain', label }: ButtonProps): JSX.Element {
  const [isBusy, setBusy] = useState(false)
  const press = async () => {
    if (why !== undefined || isBusy) return
    setBusy(true)
    try {
      await onClick()
    } finally {
      setBusy(false)
    }
  }
  return (
    <button
      type="button"
      class={`button ${kind}`}
      title={why}
      aria-label={label}
      aria-disabled={why !== undefined || isBusy}
      onClick={() => void press()}
    >
      {children}
    </button>
  )
}
