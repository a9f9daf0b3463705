import type { Awaitable } from '../base/awaitable.js'

/** What a task reports while it runs: its progress, or a line of its log. */
export type Told =
  { readonly progress: number; readonly text: string | undefined } | { readonly line: string }

/** Where a task comes from, for as long as it runs. */
export interface TaskSource {
  /** Removes it from its queue within a transaction of the app. */
  completeIn(transaction: object): Promise<void>
  /** What an earlier step of this name has given, in whichever attempt. */
  recall(step: string): Awaitable<{ readonly value: unknown } | undefined>
  /** Keeps what a step has given, under the lease of the task: when it resolves, no later attempt makes that step again. */
  keep(step: string, value: unknown): Promise<void>
  /** Takes note of what the task reports. */
  tell(told: Told): void
}
