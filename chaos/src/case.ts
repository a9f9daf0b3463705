import type { Arguments } from './arguments.js'
import type { Fault } from './faults/fault.js'
import { FAULTS } from './faults/index.js'
import { Random } from './random.js'
import { STORES } from './stores/index.js'
import type { StoreKind } from './stores/store.js'
import { Trial, type TrialResult, obstacle } from './trial.js'

/** One fault on one store, and what came of it. */
export interface Case {
  readonly kind: StoreKind
  readonly fault: Fault
  readonly result?: TrialResult
  /** Why it could not take place on this machine. */
  readonly skipped?: string
  /** Why it could not be brought to its end. */
  readonly broken?: string
}

/** All that was asked for, store by store. */
export function chooseCases({ backends, faults }: Arguments): Case[] {
  const chosen = FAULTS.filter(({ name }) => faults.includes(name))
  return STORES.filter(({ name }) => backends.includes(name)).flatMap((kind) =>
    chosen.filter((fault) => befalls(fault, kind)).map((fault) => ({ kind, fault })),
  )
}

function befalls(fault: Fault, kind: StoreKind): boolean {
  const { group } = kind
  return (group === undefined ? !fault.groups : fault.groups?.includes(group) === true) && fault.strikes(kind)
}

export async function runCase({ kind, fault }: Case, settings: Arguments): Promise<Case> {
  const skipped = obstacle(fault)
  if (skipped !== undefined) return { kind, fault, skipped }
  const random = new Random(settings.seed, `${kind.name} ${fault.name}`)
  try {
    return { kind, fault, result: await new Trial({ ...settings, kind, fault, random }).run() }
  } catch (error) {
    return { kind, fault, broken: error instanceof Error ? error.message : String(error) }
  }
}

export function hasFailed({ result, broken }: Case): boolean {
  return broken !== undefined || (result?.problems.length ?? 0) > 0
}
