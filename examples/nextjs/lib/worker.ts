import { Worker } from '@alligator/core'
import { gator } from './gator'

export function start(): void {
  void new Worker(gator).runForever()
}
