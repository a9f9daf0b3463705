import '@alligator/sqs'
import type { Contender } from '../../contender.js'
import { openGator } from '../gator.js'
import { REGION } from './queue.js'

export function open(url: string): Contender {
  return openGator(`sqs://${REGION}/?endpoint=${encodeURIComponent(url)}`)
}
