// STORE=... DIES_AT='before byId.remove' exports a gator whose process is killed at its third step of that kind
import { Gator } from '@alligator/core'

await import(`@alligator/${process.env.STORE.split(':')[0]}`)
const [when, path] = process.env.DIES_AT.split(' ')
export const gator = new Gator(process.env.STORE)
// A step of the client itself, or of one of its facets.
const [step, facet] = path.split('.').reverse()
const owner = facet ? gator.backend[facet] : gator.backend
const act = owner[step].bind(owner)
let times = 0

owner[step] = async (...args) => {
  times += 1
  if (times < 3) return act(...args)
  if (when === 'after') await act(...args)
  process.kill(process.pid, 'SIGKILL')
}
