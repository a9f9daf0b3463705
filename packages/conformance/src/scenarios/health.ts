import { expectEqual } from '../expect.js'
import { type Scenario, proves } from '../scenario.js'

/** What a store tells of itself. */
export const health: readonly Scenario[] = [
  proves(
    'a store that is examined tells what it looked at, and changes nothing',
    ['health'],
    async (trial) => {
      const queue = trial.queue()
      await trial.push(queue, ['one'])
      const findings = await trial.health.examine()
      const checks = findings.map(({ check }) => check)
      expectEqual(checks.length > 0, true, 'something is looked at')
      expectEqual([...new Set(checks)], checks, 'each thing is looked at once')
      for (const { check, isWell, found, advice } of findings) {
        expectEqual(
          [found !== '', advice === undefined],
          [true, isWell],
          `${check}: what is not well has a way out`,
        )
      }
      await trial.expectCounts(queue, { waiting: 1 }, 'looking changes nothing')
    },
  ),
]
