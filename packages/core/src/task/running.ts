import { AsyncLocalStorage } from 'node:async_hooks'
import { oncePerProcess } from '../base/process-state.js'

/** The task that the current asynchronous context runs. */
export const running: AsyncLocalStorage<object> = oncePerProcess('running', () => new AsyncLocalStorage())
