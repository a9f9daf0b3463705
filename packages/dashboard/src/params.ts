import { PRIORITIES } from '@alligator/core/backend'
import { STATES, type TaskFilter } from '@alligator/core/inspect'
import type { Priority, StoredState } from '@alligator/core'
import { Problem } from './responses.js'

/** Characters of what a page asks for. */
const LONGEST = 2048

/** What a page asks for, by name: all of it text that anybody may have written. */
export class Params {
  readonly #get: (name: string) => unknown

  constructor(get: (name: string) => unknown) {
    this.#get = get
  }

  /** `undefined`: it is not there, or empty. @throws Problem */
  text(name: string): string | undefined {
    const value = this.#get(name)
    if (value === undefined || value === null || value === '') return undefined
    if (typeof value === 'string' && value.length <= LONGEST) return value
    throw new Problem(400, 'BAD_REQUEST', `${name} is to be text of up to ${LONGEST} characters.`)
  }

  need(name: string): string {
    const value = this.text(name)
    if (value !== undefined) return value
    throw new Problem(400, 'BAD_REQUEST', `${name} is missing.`)
  }

  number(name: string, most: number): number {
    const value = Number(this.#get(name) ?? 0)
    return Number.isFinite(value) ? Math.min(most, Math.max(0, Math.floor(value))) : 0
  }

  /** Whole seconds, 1 or more; `undefined`: it is not there, or 0. @throws Problem */
  seconds(name: string, most: number): number | undefined {
    const value = this.#get(name)
    if (value === undefined || value === null || value === 0) return undefined
    if (typeof value === 'number' && value >= 1) return Math.min(most, Math.floor(value))
    throw new Problem(400, 'BAD_REQUEST', `${name} is to be a number of seconds, 1 or more.`)
  }

  /** Unix seconds. */
  time(name: string): number | undefined {
    const value = this.#get(name)
    return typeof value === 'number' && Number.isFinite(value) ? value : undefined
  }

  list(name: string, most: number): readonly string[] {
    const value = this.#get(name)
    const isList = Array.isArray(value) && value.length <= most
    if (isList && value.every((one) => typeof one === 'string' && one !== '' && one.length <= LONGEST))
      return value as string[]
    throw new Problem(400, 'BAD_REQUEST', `${name} is to be a list of up to ${most} texts.`)
  }

  /** Those of a list, where there is one. */
  someIds(most: number): { ids?: readonly string[] } {
    return this.#get('ids') === undefined ? {} : { ids: this.list('ids', most) }
  }

  state(): StoredState {
    const state = this.text('state') ?? 'waiting'
    const found = STATES.find((one) => one === state)
    if (found) return found
    throw new Problem(400, 'BAD_REQUEST', `state is to be one of ${STATES.join(', ')}.`)
  }

  which(): 'open' | 'ended' {
    const which = this.text('show') ?? 'open'
    if (which === 'open' || which === 'ended') return which
    throw new Problem(400, 'BAD_REQUEST', 'show is to be open or ended.')
  }

  filter(): TaskFilter {
    return {
      task: this.text('task'),
      error: this.text('error'),
      priority: this.#priority(),
      likeness: this.text('likeness'),
      until: this.time('until'),
    }
  }

  #priority(): Priority | undefined {
    const priority = this.text('priority')
    if (priority === undefined) return undefined
    const found = PRIORITIES.find((one) => one === priority)
    if (found) return found
    throw new Problem(400, 'BAD_REQUEST', `priority is to be one of ${PRIORITIES.join(', ')}.`)
  }
}
