import { currentTask } from '@alligator/core'

/** Opens a transaction of the test, writes a title in it, and ends it. */
export const app = {
  transact: async (_title: string, _work: (tx: object) => Promise<void>): Promise<void> => undefined,
}

export async function nothing(): Promise<void> {}

/** Says that it is done within a transaction of the test. */
export async function complete(outcome: string): Promise<void> {
  await app.transact(outcome, async (tx) => {
    await currentTask()?.completeIn(tx)
    if (outcome === 'roll back') throw new Error('rolled back')
  })
}
