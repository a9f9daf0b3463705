import '@alligator/postgres'
import type { Contender } from '../../contender.js'
import { openGator } from '../gator.js'

export function open(url: string): Contender {
  return openGator(url)
}
