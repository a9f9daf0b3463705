/** Where a task comes from, for as long as it runs. */
export interface TaskSource {
  /** Removes it from its queue within a transaction of the app. */
  completeIn(transaction: object): Promise<void>
}
