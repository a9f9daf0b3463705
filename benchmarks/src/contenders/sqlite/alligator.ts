import '@alligator/sqlite'
import type { Contender } from '../../contender.js'
import { openGator } from '../gator.js'

export function open(path: string): Contender {
  return openGator(`sqlite://${path}`)
}
