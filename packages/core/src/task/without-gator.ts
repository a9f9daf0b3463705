import { type Clock, systemClock } from '../base/clock.js'
import { type FunctionRefs, defaultRefs } from '../function-ref/index.js'

/** The context of a task that belongs to no gator. One for all: each task begins with it. */
export const WITHOUT_GATOR: { readonly refs: FunctionRefs; readonly clock: Clock } = {
  get refs() {
    return defaultRefs()
  },
  clock: systemClock,
}
