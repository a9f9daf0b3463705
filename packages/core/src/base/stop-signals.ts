/**
 * The signals that ask a process to stop: Ctrl-C, a deploy, a terminal that is closed, and Ctrl-\. Windows sends some of them,
 * and never the others.
 */
const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const

/** One of them. */
export type StopSignal = (typeof STOP_SIGNALS)[number]

/** Calls back at each signal to stop, in place of ending the process. Gives what ends that. */
export function onStopSignal(listener: (signal: StopSignal) => void): () => void {
  // By name: a signal that the process emits to itself need not come with one.
  const listeners = STOP_SIGNALS.map((signal) => [signal, () => listener(signal)] as const)
  for (const [signal, listen] of listeners) process.on(signal, listen)
  return () => {
    for (const [signal, listen] of listeners) process.off(signal, listen)
  }
}

/** Whether a reason to stop is a signal. */
export function isStopSignal(reason: string): reason is StopSignal {
  return (STOP_SIGNALS as readonly string[]).includes(reason)
}
