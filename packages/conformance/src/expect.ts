import { AssertionError, deepStrictEqual } from 'node:assert'
import { inspect } from 'node:util'
import type { ErrorCode } from '@alligator/core'

/** Fails with the promise that was broken, what it wants and what came instead. */
export function expectEqual(actual: unknown, expected: unknown, promise: string): void {
  try {
    deepStrictEqual(actual, expected)
  } catch {
    const message = `${promise}\n  expected: ${inspect(expected, { depth: 5 })}\n  but got:  ${inspect(actual, { depth: 5 })}`
    throw new AssertionError({ message, actual, expected, operator: 'deepStrictEqual' })
  }
}

/** Compares names without regard to their order. */
export function expectSameNames(
  actual: readonly string[],
  expected: readonly string[],
  promise: string,
): void {
  expectEqual(actual.toSorted(), expected.toSorted(), promise)
}

/** Fails unless the call is refused with an error of this code; gives what the error says. */
export async function expectRefusal(
  code: ErrorCode,
  call: () => unknown,
  promise: string,
): Promise<Readonly<Record<string, unknown>>> {
  let outcome: unknown
  try {
    outcome = await call()
  } catch (error) {
    expectEqual((error as { code?: unknown } | undefined)?.code ?? error, code, promise)
    return error as Record<string, unknown>
  }
  expectEqual(outcome, `an error with the code ${code}`, promise)
  return {}
}
