import type { Renewer } from '@alligator/core'
import { oncePerProcess } from '../../../core/src/base/process-state.js'

type Renew = Renewer['renew']

/** How each client renews what it holds, by the id that stands for it. */
export const renewables: Map<string, Renew> = oncePerProcess('test-renewables', () => new Map())

/** @public Loaded by its file's name. */
export function openRenewer(id: string): Renewer {
  const renew: Renew = async (...args) => renewables.get(id)?.(...args)
  return { renew, close: async () => renewables.delete(id) as unknown as void }
}
