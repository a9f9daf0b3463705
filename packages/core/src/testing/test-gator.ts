import { Gator } from '../gator/gator.js'
import { checkNames, type OptionNames } from '../base/option-names.js'
import { GATOR_OPTIONS, type GatorOptions } from '../gator/gator-options.js'
import type { FunctionRefsOptions } from '../function-ref/index.js'
import { Task, type TaskClass, type TaskOptions } from '../task/task.js'
import { LocalRefs } from './local-refs.js'
import { VirtualClock } from './virtual-clock.js'

/** How a {@link TestGator} works: as a `Gator`, but for its clock and its store. */
export interface TestGatorOptions extends Omit<GatorOptions, 'clock' | 'backendClass'> {
  /** Runs each task at once, in the call that would have queued it. (Default: false) */
  readonly inline?: boolean
  /** What time it is at first, in Unix seconds. (Default: 1 January 2026) */
  readonly start?: number
}

/** Their names, and those of a gator that would change nothing here. */
const TEST_GATOR_OPTIONS: OptionNames<GatorOptions & TestGatorOptions> = {
  ...GATOR_OPTIONS,
  inline: true,
  start: true,
}

/** A `Gator` on a `locmem://` of its own, for which time passes only when `clock` is moved. */
export class TestGator extends Gator {
  declare readonly clock: VirtualClock

  /** @throws InvalidOptionError */
  constructor(given: TestGatorOptions = {}) {
    checkNames('testGator', given, TEST_GATOR_OPTIONS)
    const { inline = false, start, ...options } = given
    const taskClass = options.taskClass ?? Task
    super('locmem://', {
      ...options,
      clock: new VirtualClock(start),
      taskClass: inline ? inlined(taskClass) : taskClass,
    })
  }

  /** Its tasks run in this process, so that they may be mocks, spies and closures. */
  override buildRefs(options: FunctionRefsOptions): LocalRefs {
    return new LocalRefs(options)
  }
}

/**
 * A gator for an app's tests: the engine and the store are those of production, with leases, delays, retries and dead
 * letters, in the memory of the test and on a clock of its own. Its tasks may be mocks, spies and closures, too. It leaves nothing
 * open, so that closing it is optional.
 *
 * @throws InvalidOptionError
 *
 * @example
 * ```ts
 * const gator = testGator()
 * await gator.options({ delayBy: '1h' }).task(sendPostEmail, 1, 2)
 * await assertQueued(gator, sendPostEmail, [1, 2])
 * await gator.clock.advance('1h')
 * await drain(gator)
 * ```
 */
export function testGator(options?: TestGatorOptions): TestGator {
  return new TestGator(options)
}

function inlined(taskClass: TaskClass): TaskClass {
  return class extends taskClass {
    constructor(options?: TaskOptions) {
      super({ ...options, isAsync: false })
    }
  }
}
