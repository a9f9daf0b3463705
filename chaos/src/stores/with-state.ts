import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { beanstalk } from './beanstalk.js'
import { redis } from './redis.js'
import { sqs } from './sqs.js'
import type { StoreKind } from './store.js'

/** A store of queues with a Redis beside it that keeps its schedules; what befalls the one befalls the other. */
function withState(kind: StoreKind): StoreKind {
  return {
    ...kind,
    name: `${kind.name}-state`,
    setup: `${kind.setup}; beside it a Redis that keeps its state, ${redis.setup}`,
    version: async () => `${await kind.version()} with ${await redis.version()}`,
    async start(premises) {
      const folder = join(premises.folder, randomUUID())
      mkdirSync(folder)
      const [queues, state] = await Promise.all([
        kind.start(premises),
        redis.start({ ...premises, folder, log: `${premises.log}.state` }),
      ])
      const both = [queues, state]
      const each = (step: (store: typeof queues) => unknown) => async () => {
        await Promise.all(both.map(step))
      }
      const proxies = both.flatMap(({ proxy }) => proxy ?? [])
      return {
        dsn: queues.dsn,
        directDsn: queues.directDsn,
        directState: state.directDsn,
        env: { ...queues.env, ALLIGATOR_STATE: state.dsn },
        proxy: {
          cut: () => proxies.forEach((proxy) => proxy.cut()),
          swallowAnswers: () => proxies.forEach((proxy) => proxy.swallowAnswers()),
          stall: () => proxies.forEach((proxy) => proxy.stall()),
          resume: () => proxies.forEach((proxy) => proxy.resume()),
        },
        kill: each((store) => store.kill?.()),
        restart: each((store) => store.restart?.()),
        stop: each((store) => store.stop()),
      }
    },
  }
}

export const beanstalkState: StoreKind = withState(beanstalk)
export const sqsState: StoreKind = withState(sqs)
