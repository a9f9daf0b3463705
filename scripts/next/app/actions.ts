'use server'
import { gator } from '../lib/gator'
import { sendWelcome } from '../lib/emails'
import '../lib/tasks'

export async function signUp(form: FormData): Promise<void> {
  const email = form.get('email')
  if (typeof email === 'string') await gator.task(sendWelcome, email)
}
