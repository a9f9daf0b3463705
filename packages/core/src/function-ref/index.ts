export { FunctionRefs, type FunctionRefsOptions, defaultRefs } from './function-refs.js'
export { determineModule, determineName, importAttr, importModule } from './lookups.js'
export { type RegisterOptions, registerTasks } from './register-tasks.js'
export type { AnyFunction, FunctionRef } from './types.js'
