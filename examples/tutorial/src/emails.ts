import { sendEmail } from './mailer.js'
import { emailOf, messageOf } from './sosocial.js'

export async function sendPostEmail(userId: number, postId: number): Promise<void> {
  await sendEmail(emailOf(userId), messageOf(postId))
}
