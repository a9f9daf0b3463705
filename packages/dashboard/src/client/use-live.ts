import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { base } from './frame.js'
import { queryOf } from './route.js'

/** How what is shown comes: as it changes, by asking again and again, or not at all. */
export type Mode = 'starting' | 'live' | 'polling' | 'offline'

export interface Trouble {
  readonly code: string
  readonly message: string
}

export interface Live<T> {
  /** What was told last. */
  readonly data: T | undefined
  /** Why it is not told anew. */
  readonly trouble: Trouble | undefined
  readonly mode: Mode
  /** Whether it is of what was asked for before. */
  readonly isStale: boolean
  /** Asks now, since something was changed. */
  refresh(): Promise<void>
}

const POLL = 3000
/** Looks after which a stream is tried again. */
const POLLS = 10

let told: (mode: Mode) => void = () => undefined

/** Hears how the page that is open is kept up to date. */
export function onMode(listener: (mode: Mode) => void): void {
  told = listener
}

/** Shows a page of the server, and goes on showing it as it changes: by a stream, or where there is none by asking. */
export function useLive<T extends object>(
  page: string,
  params: Readonly<Record<string, string | undefined>>,
): Live<T> {
  const query = queryOf(params)
  const key = `${page}?${query}`
  const [state, setState] = useState<{ key: string; data?: T; trouble?: Trouble | undefined }>({ key })
  const [mode, setMode] = useState<Mode>('starting')
  const current = useRef(key)
  current.current = key

  const show = useCallback(
    (data: T) => {
      if (current.current === key) setState({ key, data })
    },
    [key],
  )
  const fail = useCallback(
    (trouble: Trouble) => {
      if (current.current === key) setState((before) => ({ ...before, trouble }))
    },
    [key],
  )

  const ask = useCallback(async (): Promise<boolean> => {
    try {
      const response = await fetch(`${base}/api/${page}?${query}`)
      const answer = (await response.json()) as T & { error?: Trouble }
      if (answer.error) fail(answer.error)
      else show(answer)
      return true
    } catch {
      return false
    }
  }, [page, query, show, fail])

  useEffect(() => {
    let source: EventSource | undefined
    let timer: number | undefined
    let isOver = false
    const set = (to: Mode) => {
      setMode(to)
      told(to)
    }
    const stop = () => {
      source?.close()
      source = undefined
      clearTimeout(timer)
    }
    const poll = async (left: number) => {
      const isThere = await ask()
      if (isOver || document.hidden) return
      set(isThere ? 'polling' : 'offline')
      timer = window.setTimeout(() => (left > 0 && isThere ? void poll(left - 1) : start()), POLL)
    }
    const start = () => {
      stop()
      if (isOver || document.hidden) return
      const stream = new EventSource(`${base}/live/${page}?${query}`)
      source = stream
      stream.onmessage = ({ data }: MessageEvent<string>) => {
        set('live')
        show(JSON.parse(data) as T)
      }
      stream.addEventListener('problem', (event) => {
        set('live')
        fail(JSON.parse((event as MessageEvent<string>).data) as Trouble)
      })
      stream.onerror = () => {
        // Whatever has happened to the stream, to ask says what it is.
        stop()
        void poll(POLLS)
      }
    }
    const onVisible = () => (document.hidden ? stop() : start())
    start()
    document.addEventListener('visibilitychange', onVisible)
    return () => {
      isOver = true
      stop()
      document.removeEventListener('visibilitychange', onVisible)
    }
  }, [page, query, ask, show, fail])

  const refresh = useCallback(async () => void (await ask()), [ask])
  const isStale = state.key !== key
  // What a page of the same kind showed stays until its own comes: less flickers.
  const isKin = state.key.split('?')[0] === page
  return {
    data: isKin ? state.data : undefined,
    trouble: isStale ? undefined : state.trouble,
    mode,
    isStale,
    refresh,
  }
}
