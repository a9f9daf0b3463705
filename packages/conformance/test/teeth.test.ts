import { randomUUID } from 'node:crypto'
import { VirtualClock } from '@alligator/core/testing'
import { answeringFaults } from './broken/answering.js'
import { livingFaults } from './broken/living.js'
import { keepingFaults } from './broken/keeping.js'
import { lookingFaults } from './broken/looking.js'
import { orderingFaults } from './broken/ordering.js'
import { reservingFaults } from './broken/reserving.js'
import { placingFaults } from './broken/placing.js'
import { pushingFaults } from './broken/pushing.js'
import { renewingFaults } from './broken/renewing.js'
import { schedulingFaults } from './broken/scheduling.js'
import { settlingFaults } from './broken/settling.js'
import { sound, transact, transactingFaults } from './broken/transacting.js'
import type { LocmemClass } from './broken/fault.js'
import { collect } from './collect.js'

function scenariosOf(Broken: LocmemClass) {
  return collect(() => {
    const clock = new VirtualClock()
    const dsn = `locmem://${randomUUID()}`
    return { clock, client: () => new Broken(dsn, { clock }), transact }
  })
}

const faults = [
  ...pushingFaults,
  ...placingFaults,
  ...reservingFaults,
  ...settlingFaults,
  ...renewingFaults,
  ...lookingFaults,
  ...livingFaults,
  ...keepingFaults,
  ...answeringFaults,
  ...orderingFaults,
  ...schedulingFaults,
  ...transactingFaults,
]

test('a sound backend that takes part in transactions passes', async () => {
  const scenarios = scenariosOf(sound.client)
  const plays = sound.promises.map((promise) => scenarios.get(promise)?.())
  await expect(Promise.all(plays)).resolves.toHaveLength(sound.promises.length)
})

describe('a broken backend fails', () => {
  it.concurrent.each(faults)('that $fault', async ({ client, caughtBy }) => {
    const scenarios = scenariosOf(client)
    const verdicts = caughtBy.map(async (promise) => {
      const play = scenarios.get(promise)
      if (!play) return `${promise}: there is no such scenario`
      return play().then(
        () => `${promise}: did not notice`,
        () => 'noticed',
      )
    })
    expect(await Promise.all(verdicts)).toEqual(caughtBy.map(() => 'noticed'))
  })
})
