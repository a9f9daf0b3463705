// The order in which jest takes test files: first those that take minutes, most of it in waiting, so that at the end no
// core stands idle for one of them. By itself jest goes by the size of a file as long as it has no times, and the longest ones are
// the smallest.
import Sequencer from '@jest/test-sequencer'

const LONG = /(conformance|chaos|blocked|move|change|look)\.test\.ts$/

export default class LongFirst extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests)
    return [...sorted.filter(({ path }) => LONG.test(path)), ...sorted.filter(({ path }) => !LONG.test(path))]
  }
}
