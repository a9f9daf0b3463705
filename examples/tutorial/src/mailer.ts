import { existsSync } from 'node:fs'
import { appendFile } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'

/** Stands for a mail server: it takes its time, and has bad days. */
export async function sendEmail(to: string, text: string): Promise<void> {
  await setTimeout(500)
  if (existsSync('mail-is-down')) throw new Error('451 try again later')
  await appendFile('outbox.txt', `${to}: ${text}\n`)
}
