import { messageOf } from '@alligator/core'
import { Problem, answer } from './responses.js'

/** Milliseconds between two looks for a page that is open. */
const PERIOD = 1000
/** Looks after which a page that has heard nothing is sent a sign of life. */
const QUIET = 15
/** Milliseconds after which a stream ends, for the page to ask anew: who may see it is asked again then. */
const LONGEST = 5 * 60_000
/** Looks in a row that a browser has taken nothing of, after which it is dropped. */
const UNREAD = 30
/** Streams at once; whoever comes then asks again and again instead. */
const MOST = 100

let streams = 0

/**
 * What a page shows, again whenever that has changed, as a stream of events. While a browser has not taken the last one, nothing is read for
 * it and nothing is kept for it; when it takes that, it is told what there is by then. One that takes nothing for long is dropped.
 *
 * @throws Problem when there are too many already.
 */
export function live(read: () => Promise<object>, signal: AbortSignal): Response {
  if (streams >= MOST) throw new Problem(503, 'TOO_MANY_STREAMS', 'Too many pages are open.')
  streams += 1
  const encoder = new TextEncoder()
  let timer: NodeJS.Timeout | undefined
  let isOver = false
  const end = () => {
    if (isOver) return
    isOver = true
    streams -= 1
    clearTimeout(timer)
  }
  signal.addEventListener('abort', end, { once: true })
  if (signal.aborted) end()
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const until = performance.now() + LONGEST
      let [before, quiet, unread] = ['', 0, 0]
      const again = () => {
        timer = setTimeout(() => void look(), PERIOD)
        // The page must not keep the app alive.
        timer.unref()
      }
      const look = async () => {
        const isUnread = (controller.desiredSize ?? 0) <= 0
        unread = isUnread ? unread + 1 : 0
        if (unread >= UNREAD) {
          end()
          controller.error(new Error('The browser takes nothing of what it asked for.'))
          return
        }
        if (isUnread) return again()
        const event = await eventOf(read)
        if (isOver) return
        // `at` changes each time, and tells nothing by itself.
        const what = event.replace(/"at":[\d.]+/, '')
        quiet = what === before ? quiet + 1 : 0
        if (what !== before) controller.enqueue(encoder.encode(event))
        else if (quiet % QUIET === 0) controller.enqueue(encoder.encode(': still here\n\n'))
        before = what
        if (performance.now() > until) {
          end()
          controller.close()
          return
        }
        again()
      }
      void look()
    },
    cancel: end,
  })
  return answer(body, { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' })
}

async function eventOf(read: () => Promise<object>): Promise<string> {
  try {
    return `data: ${JSON.stringify(await read())}\n\n`
  } catch (error) {
    const { code, message } = told(error)
    return `event: problem\ndata: ${JSON.stringify({ code, message })}\n\n`
  }
}

/** What a browser is told of an error: what was made to be read, and of anything else no more than that it happened. */
export function told(error: unknown): Problem {
  if (error instanceof Problem) return error
  const code = (error as { code?: unknown } | null)?.code
  const isOurs = (error as { name?: unknown } | null)?.constructor?.name === 'NotSupportedError'
  if (code === 'NOT_SUPPORTED' || isOurs) return new Problem(501, 'NOT_SUPPORTED', messageOf(error))
  if (code === 'INVALID_OPTION') return new Problem(400, 'INVALID_OPTION', messageOf(error))
  const known = typeof code === 'string' && /^[A-Z_]{1,40}$/.test(code) ? code : 'FAILED'
  const away = 'The store could not be asked, or did not do it. The log of the app may say more.'
  return new Problem(known === 'STORE_UNAVAILABLE' ? 503 : 500, known, away)
}
