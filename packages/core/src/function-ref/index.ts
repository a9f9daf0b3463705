// Stand-in until the real look-up lands.
import type { AnyFunction, FunctionRef } from './types.js'
export type { AnyFunction, FunctionRef } from './types.js'
const known = new Map<string, AnyFunction>()
export class FunctionRefs {
  readonly root: string = process.cwd()
  constructor(_options: { root?: string; allow?: readonly string[] } = {}) {}
  find(fn: AnyFunction): FunctionRef | Promise<FunctionRef> {
    known.set(fn.name, fn)
    return { module: 'stub', callable: fn.name }
  }
  findNow(fn: AnyFunction): FunctionRef {
    return this.find(fn) as FunctionRef
  }
  load(ref: FunctionRef): Promise<AnyFunction> {
    return Promise.resolve(known.get(ref.callable) ?? (() => undefined))
  }
}
const refs: FunctionRefs = new FunctionRefs()
export const defaultRefs = (): FunctionRefs => refs
export async function determineModule(fn: AnyFunction): Promise<string> {
  return (await refs.find(fn)).module
}
export async function determineName(fn: AnyFunction): Promise<string> {
  return (await refs.find(fn)).callable
}
export async function importModule(_id: string): Promise<Record<string, unknown>> {
  return {}
}
export async function importAttr(_id: string, name: string): Promise<AnyFunction> {
  return refs.load({ module: _id, callable: name })
}
export function registerTasks(_id: string, _tasks: Record<string, AnyFunction>): void {}
