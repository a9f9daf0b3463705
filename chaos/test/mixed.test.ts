import { TemporaryFolder } from '@alligator/testbed'
import '@alligator/sqlite'
import { MixedLoad } from '../src/mixed/round.js'
import { Random } from '../src/random.js'

/** Of one store. */
const SECONDS = 3

// Pushes, batches, delays, dependencies, cancels, retries by hand and drops, by several producers beside several workers.
test.each(['locmem://mixed', 'sqlite'])(
  'keeps what it promises whatever is asked of %s at once',
  async (store) => {
    const folder = new TemporaryFolder('mixed')
    const seed = Math.floor(Math.random() * 1e9)
    try {
      await using load = new MixedLoad(store === 'sqlite' ? `sqlite://${folder.file('tasks.db')}` : store)
      const { problems, tasks } = await load.round(SECONDS, new Random(seed))
      expect({ seed, problems }).toEqual({ seed, problems: [] })
      expect(tasks).toBeGreaterThan(100)
    } finally {
      folder.remove()
    }
  },
  90_000,
)
