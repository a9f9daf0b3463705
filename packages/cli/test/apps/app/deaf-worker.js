import { Gator, silentLogger } from '@alligator/core'

/** Heeds no signal. */
export const worker = {
  gator: new Gator('locmem://'),
  getLog: silentLogger,
  stop: () => undefined,
  runForever: () => new Promise(() => setInterval(() => undefined, 1000)),
}
process.on('SIGTERM', () => console.log('a signal came'))
process.nextTick(() => console.log('it runs'))
