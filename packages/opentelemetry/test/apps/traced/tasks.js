import { gator } from './gator.js'

export async function publish(post) {
  await gator.task(mail, post)
}

export async function mail() {
  process.send?.('mailed')
}
