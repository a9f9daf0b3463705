import type { Awaitable, StateStore } from '@alligator/core'
import { turn } from '@alligator/core/backend'
import { type Fault, changing } from './fault.js'

const CONDITIONS = 'a value is put, or deleted, only where what is kept is as expected'
const TIMES = 'what has a time is forgotten when that is over, never early'
const ANY_TEXT = 'keys and values may be any text, and what is none is refused'
const CLOCK = 'the store tells what time it is'
const ONE_OF_MANY = 'of many who put at once where nothing is, one does'
const COUNTING = 'counting by compare-and-set loses nothing, and counts nothing twice'

/** A store that looks first, and puts a moment later. */
function inTwoSteps({ get, put }: StateStore): Partial<StateStore> {
  return {
    async put(key, value, { ifValue, ttl } = {}) {
      if (ifValue !== undefined && ((await get(key)) ?? null) !== ifValue) return false
      await turn()
      return put(key, value, { ttl })
    },
  }
}

export const keepingFaults: readonly Fault[] = [
  {
    fault: 'puts a value whatever is kept',
    caughtBy: [CONDITIONS, ONE_OF_MANY, COUNTING],
    client: changing('state', ({ put }) => ({ put: (key, value, { ttl } = {}) => put(key, value, { ttl }) })),
  },
  {
    fault: 'takes an empty value for none',
    caughtBy: [CONDITIONS],
    client: changing('state', ({ put }) => ({
      put: (key, value, { ifValue, ttl } = {}) => put(key, value, { ifValue: ifValue || null, ttl }),
    })),
  },
  {
    fault: 'deletes another value than it was told',
    caughtBy: [CONDITIONS],
    client: changing('state', (former) => ({ delete: (key) => former.delete(key) })),
  },
  {
    fault: 'forgets no value',
    caughtBy: [TIMES],
    client: changing('state', ({ put }) => ({
      put: (key, value, { ifValue } = {}) => put(key, value, { ifValue }),
    })),
  },
  {
    fault: 'keeps the time of a value that another has taken the place of',
    caughtBy: [TIMES],
    client: changing('state', ({ put }) => {
      const times = new Map<string, number | undefined>()
      return {
        put: (key, value, { ifValue, ttl } = {}) => {
          const first = times.get(key) ?? ttl
          times.set(key, first)
          return put(key, value, { ifValue, ttl: first })
        },
      }
    }),
  },
  {
    fault: 'tells when it was asked first',
    caughtBy: [CLOCK],
    client: changing('state', ({ now }) => {
      let first: Awaitable<number> | undefined
      return { now: () => (first ??= now()) }
    }),
  },
  {
    fault: 'takes keys for alike that are not',
    caughtBy: [ANY_TEXT],
    client: changing('state', ({ get, put }) => ({
      get: (key) => get(key.toLowerCase()),
      put: (key, value, how) => put(key.toLowerCase(), value, how),
    })),
  },
  {
    fault: 'looks first, and puts a moment later',
    caughtBy: [ONE_OF_MANY, COUNTING],
    client: changing('state', inTwoSteps),
  },
]
