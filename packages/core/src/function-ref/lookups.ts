import { type FunctionRefs, defaultRefs } from './function-refs.js'
import type { AnyFunction } from './types.js'

/**
 * The id of the module that a function comes from.
 *
 * @throws UnreferenceableFunctionError and its kin; see {@link FunctionRefs.find}.
 * @example
 * ```ts
 * determineModule(sendPostEmail) // 'src/emails'
 * ```
 */
export function determineModule(fn: AnyFunction, refs: FunctionRefs = defaultRefs()): string {
  return refs.find(fn).module
}

/**
 * The name that its module exports a function by.
 *
 * @throws UnreferenceableFunctionError and its kin; see {@link FunctionRefs.find}.
 * @example
 * ```ts
 * determineName(sendPostEmail) // 'sendPostEmail'
 * ```
 */
export function determineName(fn: AnyFunction, refs: FunctionRefs = defaultRefs()): string {
  return refs.find(fn).callable
}

/**
 * The exports of a module of the app.
 *
 * @throws UnknownModuleError, AmbiguousModuleError, ForbiddenReferenceError
 * @example
 * ```ts
 * const emails = await importModule('src/emails')
 * ```
 */
export function importModule(
  id: string,
  refs: FunctionRefs = defaultRefs(),
): Promise<Record<string, unknown>> {
  return refs.import(id)
}

/**
 * A function of a module of the app.
 *
 * @throws UnknownModuleError, UnknownCallableError, AmbiguousModuleError, ForbiddenReferenceError
 * @example
 * ```ts
 * const sendPostEmail = await importAttr('src/emails', 'sendPostEmail')
 * ```
 */
export async function importAttr(
  id: string,
  name: string,
  refs: FunctionRefs = defaultRefs(),
): Promise<AnyFunction> {
  return refs.load({ module: id, callable: name })
}
