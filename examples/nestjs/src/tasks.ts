// A task is a plain function. What it needs of the app it asks for by its class.
import { injected } from './injected'
import { MailService } from './mail.service'

export async function sendWelcome(email: string): Promise<void> {
  const mail = await injected(MailService)
  await mail.send(email, 'See you later, alligator.')
}
