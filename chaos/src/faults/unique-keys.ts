import { cutConnections } from './cut-connections.js'
import type { Fault } from './fault.js'
import { killProducer } from './kill-producer.js'
import { killWorker } from './kill-worker.js'

/** Those that outlive their processes, and whose tasks can have keys. */
const WITH_KEYS: readonly string[] = ['sqlite', 'postgres', 'redis', 'beanstalk-state', 'sqs-state']

export const uniqueKeys: Fault = {
  name: 'unique-keys',
  title: 'tasks with keys: a worker or the producer is killed, or every connection cut',
  hasKeys: true,
  strikes: ({ name }) => WITH_KEYS.includes(name),
  async strike(scene) {
    const cuts = scene.store.proxy ? [cutConnections] : []
    await scene.random.one([killWorker, killProducer, ...cuts]).strike(scene)
  },
}
