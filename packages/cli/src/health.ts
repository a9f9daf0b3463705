import type { Worker } from '@alligator/core'
import type { Routes } from './port-server.js'

/** Why something is not ready for work; `undefined` when it is. */
export type Unready = () => string | undefined

/** Why a worker that was only just started is not ready. */
export const NOT_BEGUN = 'The worker has not begun.'

/** What those who watch a process ask: whether its event loop turns, which a blocked one cannot answer, and whether it can work. */
export function healthRoutes(unready: Unready): Routes {
  return {
    '/live': () => ({ status: 200, text: 'ok' }),
    '/ready': () => {
      const why = unready()
      return why === undefined ? { status: 200, text: 'ok' } : { status: 503, text: why }
    },
  }
}

/** Why a worker is not ready, by what it tells; `onChange` is called whenever that is another. */
export function watchHealth(
  worker: Worker,
  onChange: (why: string | undefined) => void = () => undefined,
): Unready {
  let why: string | undefined = NOT_BEGUN
  let isStopping = false
  const set = (now: string | undefined) => {
    if (isStopping) return
    why = now
    onChange(why)
  }
  worker.on('worker:start', () => set(undefined))
  worker.on('worker:disconnect', () => set('The store is away.'))
  worker.on('worker:reconnect', () => set(undefined))
  worker.on('worker:stopping', () => {
    set('The worker is stopping.')
    isStopping = true
  })
  return () => why
}
