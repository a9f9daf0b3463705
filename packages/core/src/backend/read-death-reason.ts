import type { DeathReason } from './contract.js'

/**
 * Reads why a task is a dead letter from the JSON that a store kept of it. Anybody may have written that, and what one letter says
 * must not hide the others: whatever is not as it should be is text, or nothing.
 *
 * @example
 * ```ts
 * const reason = readDeathReason('{"code":"ERROR","message":"no such user","at":1767225600,"worker":"w","attempt":1}')
 * ```
 */
export function readDeathReason(json: string): DeathReason {
  const { code, message, stack, at, worker, attempt } = parse(json)
  return {
    code: text(code) ?? 'ERROR',
    message: text(message) ?? 'what is kept of the error cannot be read',
    stack: text(stack),
    at: number(at),
    worker: text(worker) ?? '',
    attempt: number(attempt),
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function number(value: unknown): number {
  return typeof value === 'number' ? value : 0
}

function parse(json: string): Readonly<Partial<Record<keyof DeathReason, unknown>>> {
  try {
    return (JSON.parse(json) ?? {}) as object
  } catch {
    return {}
  }
}
