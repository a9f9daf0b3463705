import { Gator, Worker, silentLogger } from '@alligator/core'
import '@alligator/sqlite'

class LoggingWorker extends Worker {
  starting() {
    console.log('the worker of the app starts')
  }
}

export const gator = new Gator('locmem://')
export const worker = new LoggingWorker(new Gator(process.env.STORE), { burst: true, logger: silentLogger() })
