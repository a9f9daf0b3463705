/** How a supervisor tells a process which one it is; taken from the environment at once, so that no task passes it on. */
const NUMBER = 'ALLIGATOR_PROCESS'

/** Milliseconds for a signal of the terminal to arrive here, too, before the same from the supervisor is looked at. */
const SAME_SIGNAL = 50

/** What a supervisor tells its processes: the number of signals that it has been sent by now. */
export interface Order {
  readonly alligator: 'order'
  readonly signal: NodeJS.Signals
  readonly times: number
}

/** What a process tells its supervisor: it takes tasks now, it has got one, or why it is not ready, if it is not. */
export interface Report {
  readonly alligator: 'running' | 'working' | 'health'
  readonly why?: string | undefined
  /** Whether it ends by itself when nothing is due. */
  readonly burst?: boolean
}

/** The environment of the process with this number. */
export function linkedEnv(number: number): NodeJS.ProcessEnv {
  return { ...process.env, [NUMBER]: String(number) }
}

/** The side of a supervised process of its link to the supervisor. */
export class ProcessLink {
  /** Which process of the supervisor's this is, from 1. */
  readonly number: number

  private constructor(number: number) {
    this.number = number
  }

  /** `undefined`: nobody supervises this process. */
  static find(): ProcessLink | undefined {
    const number = Number(process.env[NUMBER])
    delete process.env[NUMBER]
    return number > 0 && process.connected ? new ProcessLink(number) : undefined
  }

  /**
   * Calls back with every order. A supervisor that is gone, however it died, has ordered to stop.
   *
   * A Ctrl-C reaches the whole group, so that the supervisor's order and the same signal of one's own come together, in
   * any order: the callback comes when the latter has been counted.
   */
  heed(callback: (signal: NodeJS.Signals, times: number) => void): void {
    process.on('message', (message) => {
      const { alligator, signal, times } = message as Partial<Order>
      if (alligator !== 'order' || !signal || !times) return
      // Timers come before signals in a turn of the event loop, and immediates after them.
      setTimeout(() => setImmediate(callback, signal, times), SAME_SIGNAL)
    })
    process.on('disconnect', () => callback('SIGTERM', 1))
    process.channel?.unref()
  }

  tell(report: Report): void {
    if (process.connected) process.send?.(report, undefined, {}, () => undefined)
  }
}
