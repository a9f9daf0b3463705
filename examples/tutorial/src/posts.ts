import { sendPostEmail } from './emails.js'
import { gator } from './gator.js'
import { addPost, followers } from './sosocial.js'

export async function publish(message: string): Promise<number> {
  const postId = addPost(message)
  const opts = gator.options({ retries: 2, timeout: '30s' })
  for (const userId of followers()) {
    await opts.task(sendPostEmail, userId, postId)
  }
  return postId
}
