import type { Payload } from '../base/payload.js'
import { NORMAL, PRIORITIES } from '../base/priorities.js'
import type { DeathReason, Pause, StoredState } from '../backend/contract.js'
import { type InLine, WaitingLine } from './waiting-line.js'

/** One task in memory. It stands in the waiting line, the store's heap of times or the dead letters, as `state` says. */
export class LocmemTask implements InLine<LocmemTask> {
  readonly queue: LocmemQueue
  readonly taskId: string
  /** A number that is higher for each task pushed later. */
  readonly pushed: number
  /** Its level, as its place among `PRIORITIES`. */
  level: number = NORMAL
  data: Payload
  state: StoredState = 'waiting'
  /** Its number in the line, kept while it is away so that it can come back to the same place. */
  place = 0
  /** When a delay or a lease ends. */
  until = 0
  deliveries = 0
  /** Proof of the last lease. It stays after a lapse, until somebody else is given the task. */
  receipt = ''
  reason: DeathReason | undefined
  enqueuedAt: number | undefined
  /** What stands beside it. */
  note: Payload | undefined
  /** What it may be there under only once. */
  key: string | undefined
  /** When it is due at the latest, whatever delay replaces its own. */
  latest: number | undefined
  /** The one before it with the same key. */
  older: LocmemTask | undefined
  slot = -1
  previous: LocmemTask | undefined
  next: LocmemTask | undefined

  constructor(queue: LocmemQueue, taskId: string, data: Payload, pushed: number) {
    this.queue = queue
    this.taskId = taskId
    this.data = data
    this.pushed = pushed
  }
}

/** One queue in memory; it exists while it holds anything, or is paused. */
export class LocmemQueue {
  readonly name: string
  /** By id, in the order of pushing. */
  readonly tasks: Map<string, LocmemTask> = new Map()
  /** The line of each level. */
  readonly lines: readonly WaitingLine<LocmemTask>[] = PRIORITIES.map(() => new WaitingLine())
  /** How many wait in each line. */
  readonly inLine: number[] = PRIORITIES.map(() => 0)
  /** In the order of dying. */
  readonly dead: Set<LocmemTask> = new Set()
  /** By its key the task that was pushed last with it; those before it are its `older` ones. */
  readonly keyed: Map<string, LocmemTask> = new Map()
  readonly counts: Record<StoredState, number> = { waiting: 0, delayed: 0, running: 0, dead: 0 }

  pause: Pause | undefined

  constructor(name: string) {
    this.name = name
  }

  /** The line of a task's level. */
  lineOf({ level }: LocmemTask): WaitingLine<LocmemTask> {
    return this.lines[level] as WaitingLine<LocmemTask>
  }

  /** Whether nothing waits but at the usual level. */
  get isLevel(): boolean {
    return this.inLine[NORMAL] === this.counts.waiting
  }
}
