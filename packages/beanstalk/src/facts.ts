import { LONGEST_JOB, NoAnswerError } from './answer.js'

/** One line of what the server tells: a name, and what stands after it. */
const FACT = /^([a-z][a-z0-9-]*): *"?([^\r"]*)"?\r?$/
const NUMBER = /^\d{1,15}$/

/** What the server tells about itself, a tube or a job, by name. */
type Facts = ReadonlyMap<string, string>

/** What the server knows of a job. */
export interface JobStats {
  readonly tube: string
  readonly state: 'ready' | 'delayed' | 'reserved' | 'buried'
  readonly pri: number
  /** Seconds, as last given. */
  readonly delay: number
  readonly reserves: number
  readonly releases: number
  readonly buries: number
}

/** How many jobs of a tube are in each state. */
export interface TubeStats {
  readonly ready: number
  readonly delayed: number
  readonly reserved: number
  readonly buried: number
}

const STATES: readonly JobStats['state'][] = ['ready', 'delayed', 'reserved', 'buried']

/** @throws NoAnswerError when it does not say what it must. */
export function readJobStats(body: Buffer): JobStats {
  const facts = readFacts(body)
  const state = STATES.find((one) => one === facts.get('state'))
  const tube = facts.get('tube')
  if (state === undefined || tube === undefined) throw new NoAnswerError(body.toString('latin1', 0, 40))
  const [pri, delay] = [numberOf(facts, 'pri'), numberOf(facts, 'delay')]
  const [reserves, releases] = [numberOf(facts, 'reserves'), numberOf(facts, 'releases')]
  return { tube, state, pri, delay, reserves, releases, buries: numberOf(facts, 'buries') }
}

/** @throws NoAnswerError */
export function readTubeStats(body: Buffer): TubeStats {
  const facts = readFacts(body)
  const count = (state: JobStats['state']) => numberOf(facts, `current-jobs-${state}`)
  return {
    ready: count('ready'),
    delayed: count('delayed'),
    reserved: count('reserved'),
    buried: count('buried'),
  }
}

/** The most bytes that this server takes as a job. @throws NoAnswerError */
export function readMaxJobSize(body: Buffer): number {
  return Math.min(LONGEST_JOB, numberOf(readFacts(body), 'max-job-size'))
}

/**
 * Reads flat lines of `key: value`, which is all that beanstalkd writes of YAML. A reader of all YAML would build whatever
 * values the text asks for, functions among them, for a server that lies.
 */
function readFacts(body: Buffer): Facts {
  const facts = new Map<string, string>()
  for (const line of body.toString('latin1').split('\n')) {
    const [, name, value] = FACT.exec(line) ?? []
    if (name !== undefined && value !== undefined && !facts.has(name)) facts.set(name, value)
  }
  return facts
}

function numberOf(facts: Facts, name: string): number {
  const text = facts.get(name)
  if (text === undefined || !NUMBER.test(text)) throw new NoAnswerError(`${name}: ${text ?? ''}`)
  return Number(text)
}
