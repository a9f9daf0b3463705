import type { Settings } from './settings.js'

/** The names of what is in the database, quoted and with their schema. */
export interface Names {
  readonly schema: string
  readonly tasks: string
  readonly line: string
  readonly meta: string
  readonly workers: string
  readonly tallies: string
  readonly pushes: string
  readonly state: string
  readonly results: string
  readonly pauses: string
  readonly schedules: string
  readonly taken: string
  readonly place: string
  readonly waits: string
  readonly parked: string
  readonly batches: string
  readonly hold: string
  readonly tie: string
  readonly finish: string
  /** Without a schema, as `CREATE INDEX` wants them. */
  readonly indexes: Readonly<
    Record<
      | 'ids'
      | 'keys'
      | 'waiting'
      | 'delayed'
      | 'running'
      | 'dead'
      | 'removed'
      | 'taken'
      | 'state'
      | 'results'
      | 'waiters'
      | 'ended'
      | 'batches'
      | 'tallies',
      string
    >
  >
}

/** Writes a name so that it means itself, whatever it holds. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

export function namesOf({ schema, prefix }: Settings): Names {
  const own = (name: string) => quote(`${prefix}_${name}`)
  const within = (name: string) => `${quote(schema)}.${own(name)}`
  return {
    schema: quote(schema),
    tasks: within('tasks'),
    line: within('line'),
    meta: within('meta'),
    workers: within('workers'),
    tallies: within('tallies'),
    pushes: within('pushes'),
    state: within('state'),
    results: within('results'),
    pauses: within('pauses'),
    schedules: within('schedules'),
    taken: within('taken'),
    place: within('place'),
    waits: within('waits'),
    parked: within('parked'),
    batches: within('batches'),
    hold: within('hold'),
    tie: within('tie'),
    finish: within('finish'),
    indexes: {
      ids: own('ids'),
      keys: own('keys'),
      waiting: own('waiting'),
      delayed: own('delayed'),
      running: own('running'),
      dead: own('dead'),
      removed: own('removed'),
      state: own('state_until'),
      results: own('results_until'),
      taken: own('taken_until'),
      waiters: own('waits_waiter'),
      ended: own('batches_ended'),
      batches: own('batches_listed'),
      tallies: own('tallies_start'),
    },
  }
}
