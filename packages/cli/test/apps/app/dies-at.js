// STORE=... DIES_AT='before bury' exports a gator whose process is killed at its third step of that kind
import { Gator } from '@alligator/core'

await import(`@alligator/${process.env.STORE.split(':')[0]}`)
const [when, step] = process.env.DIES_AT.split(' ')
export const gator = new Gator(process.env.STORE)
const { backend } = gator
const act = backend[step].bind(backend)
let times = 0

backend[step] = async (...args) => {
  times += 1
  if (times < 3) return act(...args)
  if (when === 'after') await act(...args)
  process.kill(process.pid, 'SIGKILL')
}
