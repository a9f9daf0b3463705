import type { Middleware } from '../src/index.js'
import { calls } from './tasks.js'

/** Notes when it is entered and left. */
export function noting(name: string): Middleware {
  const around = async <T>(what: string, next: () => Promise<T>): Promise<T> => {
    calls.push(`${name} ${what}`)
    try {
      return await next()
    } finally {
      calls.push(`${name} ends`)
    }
  }
  return {
    enqueue: (tasks, next) => around(`enqueues ${tasks.length}`, async () => next(tasks)),
    run: (task, next) => around(`runs ${task.func?.name}`, next),
  }
}
