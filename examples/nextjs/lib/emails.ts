import { appendFile } from 'node:fs/promises'

/** Stands in for a mail server: what would be sent is in outbox.txt. */
export async function sendWelcome(email: string): Promise<void> {
  await appendFile('outbox.txt', `Welcome, ${email}!\n`)
}
