export { FunctionRefs, defaultRefs } from './function-refs.js'
export { determineModule, determineName, importAttr, importModule } from './lookups.js'
export { type RegisterOptions, registerTasks } from './register-tasks.js'
export type { AnyFunction, FunctionRef, FunctionRefsOptions } from './types.js'
