import { Gator } from '@alligator/core'
import { die } from '../app/tasks.js'
import { APP_ROOT } from '../crew.js'
import type { Fault } from './fault.js'

/** Hand-outs without an end that make a dead letter of a task: the default of a gator. */
const DEATHS = 5

export const poison: Fault = {
  name: 'poison',
  title: 'a task kills each worker that runs it (replaced)',
  strikes: ({ inProcess }) => !inProcess,
  async strike({ store, crew, during, poisons }) {
    const id = `poison-${poisons.size + 1}`
    poisons.add(id)
    await using gator = new Gator(store.directDsn, { root: APP_ROOT })
    await gator.task(die, id)
    const replacements: Promise<void>[] = []
    for (let death = 0; death < DEATHS; death += 1) {
      const victim = await crew.nextDeath()
      await during([victim], async () => undefined)
      // Not awaited here: the next death must be written down when it comes.
      replacements.push(crew.addWorker())
    }
    await Promise.all(replacements)
  },
}
