declare module 'fivebeans' {
  import type { EventEmitter } from 'node:events'
  import type { Socket } from 'node:net'

  /** `problem` is the bare word that the server answered instead of what was expected. */
  type Callback = (problem: string | null, first: unknown, second: unknown) => void
  type Plain = (callback: Callback) => void
  type OnJob = (id: string, callback: Callback) => void
  type OnTube = (tube: string, callback: Callback) => void

  /** What is used of the driver's client: its connection here, and by the benchmarks a callback for each command too. */
  export class client extends EventEmitter {
    /** There once `connect` was called. */
    readonly stream: Socket
    constructor(host: string, port: number)
    connect(): void
    use: OnTube
    put(priority: number, delay: number, ttr: number, body: Buffer, callback: Callback): void
    watch: OnTube
    ignore: OnTube
    reserve_with_timeout(seconds: number, callback: Callback): void
    destroy: OnJob
    release(id: string, priority: number, delay: number, callback: Callback): void
    bury(id: string, priority: number, callback: Callback): void
    touch: OnJob
    peek: OnJob
    peek_delayed: Plain
    peek_buried: Plain
    stats_job: OnJob
    stats_tube: OnTube
    stats: Plain
  }
}
