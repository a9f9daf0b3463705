import type { Contender } from '../../contender.js'
import { openGator } from '../gator.js'

export function open(): Contender {
  return openGator('locmem://')
}
