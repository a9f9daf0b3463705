import { gates } from './tasks.js'

/** A gate that `waitAtGate(name)` waits at: `reached` resolves when it does, `open` lets it go on. */
export function makeGate(name: string): { reached: Promise<void>; open: () => void } {
  let open: () => void = () => undefined
  let started: () => void = () => undefined
  const reached = new Promise<void>((resolve) => (started = resolve))
  const go = new Promise<void>((resolve) => (open = resolve))
  gates.set(name, { started, go })
  return { reached, open }
}
