'use server'
import { sendWelcome } from '../lib/emails'
import { gator } from '../lib/gator'

export async function signUp(form: FormData): Promise<void> {
  const email = form.get('email')
  if (typeof email === 'string') await gator.task(sendWelcome, email)
}
