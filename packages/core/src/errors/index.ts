export {
  AlligatorError,
  AlligatorError as AlligatorException,
  type ErrorCode,
  hasCode,
  isPassing,
  redactDsn,
} from './base.js'
export * from './reference-errors.js'
export * from './sealing-errors.js'
export * from './store-errors.js'
export * from './task-errors.js'
export { isError, messageOf, propertyOf, stackOf } from './thrown.js'
