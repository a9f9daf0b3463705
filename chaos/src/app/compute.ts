import { now } from './journal.js'

/** For how many leases a process computes that is told to. */
export const LEASES = 4

/** Keeps the event loop for so many leases of so many seconds. */
export function compute(lease: number): void {
  for (const end = now() + LEASES * lease; now() < end;);
}
