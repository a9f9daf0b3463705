import type { Fault } from './fault.js'

export const none: Fault = {
  name: 'none',
  title: 'nothing goes wrong',
  strikes: () => true,
  strike: async () => undefined,
}
