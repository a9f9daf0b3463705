import { gator } from './gator.js'
import { sendEmail } from './mailer.js'
import { countPosts, emailOf, followers } from './sosocial.js'

export async function sendDigest(): Promise<void> {
  const text = `${countPosts()} posts so far`
  for (const userId of followers()) await gator.task(sendEmail, emailOf(userId), text)
}
