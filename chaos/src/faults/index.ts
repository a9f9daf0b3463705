import { compute } from './compute.js'
import { cutConnections } from './cut-connections.js'
import { endWorker } from './end-worker.js'
import { failOver, killMaster, moveSlots, restartPooler, stallMaster } from './fail-over.js'
import type { Fault } from './fault.js'
import { fillDisk } from './fill-disk.js'
import { jumpClientClock, jumpServerClock, jumpWorkerClock } from './jump-clock.js'
import { killProducer } from './kill-producer.js'
import { killWorker } from './kill-worker.js'
import { lockStore } from './lock-store.js'
import { none } from './none.js'
import { pauseFunction, pauseQueue } from './pauses.js'
import { poison } from './poison.js'
import { restartServer } from './restart-server.js'
import { endSessions, holdSnapshot } from './sessions.js'
import { stall } from './stall.js'
import { stopWorker } from './stop-worker.js'
import { uniqueKeys } from './unique-keys.js'

/** In the order of the table. */
export const FAULTS: readonly Fault[] = [
  none,
  killWorker,
  poison,
  stopWorker,
  compute,
  endWorker,
  killProducer,
  restartServer,
  pauseQueue,
  pauseFunction,
  uniqueKeys,
  cutConnections,
  stall,
  endSessions,
  holdSnapshot,
  lockStore,
  jumpClientClock,
  jumpServerClock,
  jumpWorkerClock,
  fillDisk,
  failOver,
  killMaster,
  stallMaster,
  moveSlots,
  restartPooler,
]
