import type { Fault } from './fault.js'

export const killProducer: Fault = {
  name: 'kill-producer',
  title: 'the producer is killed (`kill -9`) while it enqueues, and replaced',
  strikes: ({ inProcess }) => !inProcess,
  async strike({ crew, during }) {
    const { producer } = crew
    await during([producer], () => producer.kill())
    await crew.addProducer()
  },
}
