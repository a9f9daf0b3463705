// A gator whose process is asked to stop in the middle of the first call that puts dead letters back.
import { once } from 'node:events'
import { Gator } from '@alligator/core'

await import(`@alligator/${process.env.STORE.split(':')[0]}`)
export const gator = new Gator(process.env.STORE)

const { deadLetters } = gator.backend
const kick = deadLetters.kick.bind(deadLetters)
deadLetters.kick = async (...args) => {
  const asked = once(process, 'SIGINT')
  // To wait for a signal keeps no process.
  const timer = setTimeout(() => undefined, 60_000)
  process.kill(process.pid, 'SIGINT')
  await asked
  clearTimeout(timer)
  return kick(...args)
}
