import type { Done } from '../views.js'
import { base } from './frame.js'
import { say } from './notices.js'
import type { Trouble } from './use-live.js'

type Sent = Readonly<Record<string, unknown>>

/** Has the server do something. `undefined`: it was not done, and somebody was told why. */
export async function act(action: string, sent: Sent): Promise<Done | undefined> {
  try {
    const response = await fetch(`${base}/api/act`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ action, ...sent }),
    })
    const answer = (await response.json()) as Done & { error?: Trouble }
    if (!answer.error) return answer
    say(answer.error.message, 'bad')
  } catch {
    say('The server could not be reached: whether it was done is not known.', 'bad')
  }
  return undefined
}

/** Has the server do something to many, part after part. Gives how many were changed. */
export async function actOnAll(
  action: string,
  sent: Sent,
  onProgress: (changed: number) => void,
): Promise<number | undefined> {
  let changed = 0
  for (let after: string | undefined; ;) {
    const done = await act(action, { ...sent, ...(after !== undefined && { after }) })
    if (!done) return changed > 0 ? changed : undefined
    changed += done.changed
    onProgress(changed)
    if (done.next === undefined) return changed
    after = done.next
  }
}
