import type { QueueView, StoreView } from '../views.js'
import { act } from './act.js'
import { ask } from './dialogs.js'
import { plain } from './format.js'
import { mayWrite } from './frame.js'
import { say } from './notices.js'

/** Why a button does nothing for whoever may only look; `undefined`: it does. */
export const READ_ONLY: string | undefined = mayWrite ? undefined : 'You may see this, and not change it.'

/** Pauses a queue, or resumes it. */
export async function togglePause({ name: store }: StoreView, { queue, paused }: QueueView): Promise<void> {
  if (paused) {
    if (await act('resume', { store, queue })) say(`Queue ${plain(queue)} is resumed.`)
    return
  }
  const answer = await ask({
    title: `Pause queue ${plain(queue)}?`,
    text: 'Workers are handed nothing more of it. What runs may end, and what is enqueued waits.',
    yes: 'Pause',
    fields: [
      {
        name: 'for',
        label: 'For how long',
        options: [
          ['0', 'until somebody resumes it'],
          ['900', '15 minutes'],
          ['3600', 'an hour'],
          ['86400', 'a day'],
        ],
      },
      { name: 'reason', label: 'Reason', hint: 'shown to whoever asks why tasks wait' },
    ],
  })
  if (!answer) return
  const sent = { store, queue, for: Number(answer['for']), reason: answer['reason'] }
  if (await act('pause', sent)) say(`Queue ${plain(queue)} is paused.`)
}
