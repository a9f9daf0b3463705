import type { Scenario } from '../scenario.js'
export function properties(_runs?: number, _seed?: number): readonly Scenario[] {
  return []
}
