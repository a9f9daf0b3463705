import { Worker } from '@alligator/core'
import { gator } from './gator'
import './tasks'

export function start(): void {
  void new Worker(gator).runForever()
}
