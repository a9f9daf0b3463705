/** A store that was started for a run. */
export interface RunningStore {
  /** Name and version, for the report. */
  readonly version: string
  /** Empties it and gives what a contender opens. */
  fresh(): Promise<string>
  stop(): Promise<void>
}

/** What can be asked about a store, from the process of a turn. */
export interface Probe {
  /** Bytes that it takes now. */
  bytes(): Promise<number>
  /** CPU time of its server so far, in microseconds; 0 where it has none. */
  serverCpu(): Promise<number>
  /** Commands that others sent its server so far; 0 where it has none. */
  commands(): Promise<number>
  /** Holds a snapshot from now on, where there is such a thing. */
  holdSnapshot?(): Promise<void>
  close(): Promise<void>
}

/** What the file of a store exports as `store`. */
export interface Store {
  start(): Promise<RunningStore>
  probe(url: string): Probe
}

/** Answers for stores without a server. */
export const noServer: Pick<Probe, 'serverCpu' | 'commands'> = {
  serverCpu: async () => 0,
  commands: async () => 0,
}
