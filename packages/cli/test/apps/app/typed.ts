import { currentTask, Gator } from '@alligator/core'
import '@alligator/sqlite'
import { quick } from './tasks.js'

export const gator: Gator = new Gator(process.env.STORE as string)

export function typed(name: string): void {
  quick(`${name} ${currentTask()?.func?.name}`)
}
