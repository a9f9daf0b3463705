import { appendFileSync } from 'node:fs'

export async function sendWelcome(email: string): Promise<void> {
  appendFileSync('ran.log', `first version: ${email}\n`)
}
